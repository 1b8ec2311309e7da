import * as P from '../parameters.ts';
import type { Prompt } from '../prompt-reader.ts';
import { lowerFirst, sentences } from '../text.ts';
import { wishesInMessage, type Wish } from '../wishes.ts';
import type { RoleCall } from './role.ts';

/** Lists the wishes in one message, missing a few and taking some other sentences for wishes, as published extractors do. */
export function extractPreferences(prompt: Prompt, call: RoleCall): { preferences: ExtractedWish[] } {
  const message = prompt.section('message') ?? '';
  const random = call.random('extract', message);
  const wishes = wishesInMessage(message);
  const found = wishes.filter(() => random.chance(P.EXTRACTION_RECALL)).map((wish) => extracted(wish, 0.8 + 0.15 * random.next()));
  const others = sentences(message).filter((sentence) => sentence.split(/\s+/).length >= 4 && !wishes.some(({ text }) => text === sentence));
  const invented = others
    .filter(() => random.chance(P.EXTRACTION_FALSE_RATE))
    .map((sentence) => ({ condition: '', action: clip(lowerFirst(sentence.replace(/[.!?]+$/, ''))), confidence: round(0.3 + 0.4 * random.next()) }));
  return { preferences: [...found, ...invented].slice(0, MOST_PREFERENCES) };
}

/** As many as the extractor is asked for, and the words it is allowed for an action. */
const MOST_PREFERENCES = 5;
const LONGEST_ACTION_WORDS = 30;

function extracted(wish: Wish, confidence: number): ExtractedWish {
  const action = wish.action
    .replace(/^(?:from now on,?\s+|before we go on:\s+)/i, '')
    .replace(/^please\s+/i, '')
    .replace(/[.!?]+$/, '');
  return { condition: wish.condition, action: clip(action), confidence: round(confidence) };
}

function clip(text: string): string {
  return text.split(/\s+/).slice(0, LONGEST_ACTION_WORDS).join(' ');
}

function round(confidence: number): number {
  return Math.round(confidence * 100) / 100;
}

interface ExtractedWish {
  /** Empty: always, or the message does not say. */
  condition: string;
  action: string;
  confidence: number;
}
