import { describe, expect, test } from 'vitest';
import { Preference } from '../../gen/attune/profile/v1/profile.ts';
import { openCatalogue } from '../../catalogue/index.ts';
import { createMatcher, wishText } from './match.ts';
import { labelledTexts, matchingAccuracy } from './matching-accuracy.ts';
import { SAMPLE_PROFILE, TEXTS } from './sample-trajectory.ts';

const catalogue = openCatalogue('v2').preferences.map(({ id, condition, action, rule }) => Preference.fromPartial({ id, condition, action, rule }));
const all = createMatcher(catalogue);

describe('notes in the forms that methods write', () => {
  const FORMS: [string, (one: Preference) => string][] = [
    ['cards', ({ condition, action }) => `When ${condition}, ${action}.`],
    ['true texts', wishText],
    ['requests', ({ condition, action }) => `Please ${action} whenever ${condition}.`],
    ['wishes', ({ condition, action }) => `If ${condition}, I'd like you to ${action}.`],
  ];
  test.each(FORMS)('%s', (_, write) => {
    for (const one of catalogue) expect([one.id, all.match(write(one))]).toEqual([one.id, [one.id]]);
  });
});

test('hand-labelled texts: at least 90 % found exactly, at most 10 % found where there is nothing', () => {
  const { positives, recall, negatives, falsePositives } = matchingAccuracy();
  expect(positives).toBeGreaterThanOrEqual(60);
  expect(negatives).toBeGreaterThanOrEqual(30);
  expect(recall).toBeGreaterThanOrEqual(0.9);
  expect(falsePositives).toBeLessThanOrEqual(0.1);
  expect(new Set(labelledTexts().flatMap(({ id }) => id ?? []))).toEqual(new Set(catalogue.map(({ id }) => id)));
});

describe('what belongs together', () => {
  const { match } = createMatcher(SAMPLE_PROFILE.preferences);

  test('a note of each preference, and one of none', () => {
    for (const id of ['steps', 'bullets', 'short', 'thanks'] as const) expect(match(TEXTS[id])).toEqual([id]);
    expect(match(TEXTS.junk)).toEqual([]);
  });

  test('an action under another condition is another wish; without a condition it may be meant', () => {
    expect(match('When I thank you, use numbered steps.')).toEqual([]);
    expect(match('Always: use numbered steps.')).toEqual(['steps']);
  });

  test('opposite actions do not match, however alike the words', () => {
    expect(match('When several items or options are listed, do not present them as bullets with consistent indentation.')).toEqual([]);
    const order = createMatcher([Preference.fromPartial({ id: 'answer', condition: 'I ask a direct question', action: 'put the answer first and the explanation, the definition, an example and the edge cases after it', rule: 'answer-first' })]);
    expect(order.match('When I ask a direct question, put the answer first and the definition and the edge cases after it.')).toEqual(['answer']);
    expect(order.match('When I ask a direct question, put the intuition first and the explanation, the definition, an example and the edge cases after it.')).toEqual([]);
  });

  test('two preferences of the same action differ by their condition; when it is not told both may be meant', () => {
    const twice = createMatcher(['Python', 'SQL'].map((language) => Preference.fromPartial({ id: language, condition: `the code is in ${language}`, action: 'answer in three sentences at most', rule: 'max-three-sentences' })));
    expect(twice.match('When the code is SQL, at most three sentences.')).toEqual(['SQL']);
    expect(twice.match('At most three sentences.')).toEqual(['Python', 'SQL']);
  });

  test('flat profiles, whose texts hold everything', () => {
    const flat = createMatcher(
      [
        'You prefer the agent responses to be no longer than three sentences. Enforce if the agent response exceeds three sentences.',
        'You prefer the agent responses that have a one-line TL;DR at the end. Enforce if the agent response does not include one.',
        'When given an answer, you prefer the agent to name several viable approaches with their trade-offs.',
      ].map((action, index) => Preference.fromPartial({ id: `p${index + 1}`, action })),
    );
    expect(flat.match('Please keep it to three sentences.')).toEqual(['p1']);
    expect(flat.match('- The user wants a TL;DR line at the end of replies.')).toEqual(['p2']);
    expect(flat.match('Always: say it again like that.')).toEqual([]);
  });
});
