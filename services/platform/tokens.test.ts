import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { countTokens } from './tokens.ts';

test('counts as the vocabulary does', () => {
  expect(countTokens('')).toBe(0);
  expect(countTokens('Hello world!')).toBe(3);
  const prose = 'When I say "quick question", answer in three sentences. Naïve café, 3.14159!\n\n'.repeat(100);
  expect(countTokens(prose)).toBe(encode(prose).length);
});

test('text that looks like a control token is text', () => {
  expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
});

test('long unbroken runs are counted in pieces, with little error', () => {
  const run = 'ab'.repeat(2_500);
  expect(countTokens(run) - encode(run).length).toBeGreaterThanOrEqual(0);
  expect(countTokens(run) - encode(run).length).toBeLessThanOrEqual(5);
  expect(countTokens('a'.repeat(200_000))).toBeGreaterThan(0);
  expect(countTokens(' '.repeat(200_000))).toBeGreaterThan(0);
  expect(countTokens('😀'.repeat(2_000))).toBe(encode('😀'.repeat(2_000)).length);
});
