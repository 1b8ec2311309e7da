import { expect, test } from 'vitest';
import { memoize, ownCopy } from './memoize.ts';

test('reads each text once, the oldest again after so many others', () => {
  const read: string[] = [];
  const length = memoize(2, (text) => read.push(text) && text.length);
  expect([length('a'), length('bb'), length('a'), length('ccc'), length('bb'), length('a')]).toEqual([1, 2, 1, 3, 2, 1]);
  expect(read).toEqual(['a', 'bb', 'ccc', 'a']);
});

test('a result that is undefined is kept too', () => {
  let reads = 0;
  const nothing = memoize<undefined>(2, () => void (reads += 1));
  nothing('a');
  nothing('a');
  expect(reads).toBe(1);
});

test('an own copy is the same text', () => {
  for (const text of ['', 'é "🐝" \n', 'x'.repeat(100)]) expect(ownCopy(text)).toBe(text);
});
