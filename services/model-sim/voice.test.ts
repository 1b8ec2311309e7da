import { describe, expect, test } from 'vitest';
import { cataloguePreferences, preferenceText, recognizeRules } from '../catalogue/index.ts';
import { splitPreference } from './prompt-reader.ts';
import { asNote, voicePreference } from './voice.ts';
import { wishesInMessage } from './wishes.ts';

const CATALOGUE = cataloguePreferences().map((preference) => preferenceText(preference));
const FLAT = [
  'You prefer the agent to keep its responses in bullet points. Enforce if there are no bullets (e.g. plain prose).',
  'You prefer the agent responses to be blunt without pleasantries. Enforce if the agent response contains pleasantries.',
  'When working on a multi-step problem you prefer that each agent response covers only one small step, and asks for confirmation before the next step. Enforce if it does more (e.g. steps 1-5: all at once).',
];

describe.each([...CATALOGUE, ...FLAT])('%s', (text) => {
  const preference = { id: 'x', ...splitPreference(text) };
  const spoken = voicePreference(preference);

  test('is asked for in one sentence that a reader takes for the same wish', () => {
    const wanted = recognizeRules(text);
    const heard = wishesInMessage(`Hold on. ${spoken} Say it again like that.`);
    for (const rule of wanted) expect(heard.flatMap(({ rules }) => rules), spoken).toContain(rule);
    if (wanted.length > 0) expect(heard.length, spoken).toBe(1);
  });

  test('survives being written down as a note', () => {
    for (const wish of wishesInMessage(spoken)) {
      const note = asNote(wish);
      for (const rule of recognizeRules(text)) expect(recognizeRules(note), note).toContain(rule);
    }
  });
});

test('a flat preference is said in the first person and without its enforcement clause', () => {
  const spoken = voicePreference({ id: 'x', ...splitPreference(FLAT[1] as string) });
  expect(spoken).toBe('I prefer your responses to be blunt without pleasantries.');
});
