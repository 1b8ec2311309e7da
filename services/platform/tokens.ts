import { countTokens as count } from 'gpt-tokenizer/encoding/o200k_base';
import { ownCopy } from './memoize.ts';

/** The vocabulary that every token budget in Attune is counted with, so that numbers compare between methods and models. */
export const TOKENIZER = 'o200k_base';

/**
 * The tokens in a text. Text that looks like a control token, e.g. `<|endoftext|>`, is counted as the plain text that a user typed.
 *
 * Merging one unbroken run of characters takes time quadratic in its length, so runs are counted in pieces of 1000 characters. No prose
 * has such runs; where a model repeats one letter for pages the count is at most one too high for each piece.
 *
 * A message is counted again in every later turn of its session, so the counts of the latest short texts are kept.
 */
export function countTokens(text: string): number {
  if (text.length > MAX_KEPT_LENGTH) return countAnew(text);
  const known = kept.get(text);
  if (known !== undefined) return known;
  const tokens = countAnew(text);
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(ownCopy(text), tokens);
  return tokens;
}

/** At most 16 MB of text. */
const MAX_KEPT = 4_000;
const MAX_KEPT_LENGTH = 4_000;
const kept = new Map<string, number>();

function countAnew(text: string): number {
  if (text.length <= MAX_RUN) return count(text, PLAIN_TEXT);
  let tokens = 0;
  let start = 0;
  for (const run of text.matchAll(LONG_RUN)) {
    const end = run.index + run[0].length;
    tokens += count(text.slice(start, end), PLAIN_TEXT);
    start = end;
  }
  return tokens + count(text.slice(start), PLAIN_TEXT);
}

const MAX_RUN = 1000;
const LONG_RUN = /\S{1000}|\s{1000}/gu;
const PLAIN_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
