import { expect, test } from 'vitest';
import { cosine, jaccard } from './vector-math.ts';

test('what has no value is missing, not zero', () => {
  expect(jaccard(new Set(), new Set())).toBeNull();
  expect(jaccard(new Set('a'), new Set())).toBe(0);
  expect(jaccard(new Set('abc'), new Set('bcd'))).toBe(0.5);
  expect(cosine([0, 0], [1, 0])).toBeNull();
  expect(cosine([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBeLessThanOrEqual(1);
  expect(() => cosine([1], [1, 2])).toThrow(RangeError);
});
