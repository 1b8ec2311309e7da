import { describe, expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { partialSpearman, pearson, spearman } from './correlation.ts';
import { mantelTest } from './mantel.ts';
import { midranks } from './ranks.ts';

/** Jaccard and cosine of four users: the check vector of the user-vector analyses. */
const JACCARD = [0.5, 0.25, 0, 0.25, 0, 0];
const COSINE = [0.730297, 0.707107, -0.496139, 0.129099, 0.113228, -0.526235];

describe('mantelTest', () => {
  test('rho is that of the pairs; p is near the share of all 24 orders of names', () => {
    const found = mantelTest(JACCARD, COSINE, 4, { seed: 1, permutations: 20_000 })!;
    expect(Math.abs(found.rho - 0.92582)).toBeLessThan(1e-6);
    const orders = permutationsOf([0, 1, 2, 3]);
    const asFar = orders.filter((order) => Math.abs(spearman(JACCARD, renamed(COSINE, order))!) >= found.rho - 1e-9).length;
    expect(Math.abs(found.p - asFar / orders.length)).toBeLessThan(0.01);
  });

  test('the same seed gives the same p; renaming the users on both sides changes no rho', () => {
    expect(mantelTest(JACCARD, COSINE, 4, { seed: 9, permutations: 300 })).toEqual(mantelTest(JACCARD, COSINE, 4, { seed: 9, permutations: 300 }));
    for (const order of permutationsOf([0, 1, 2, 3])) {
      expect(mantelTest(renamed(JACCARD, order), renamed(COSINE, order), 4, { seed: 1, permutations: 1 })!.rho).toBeCloseTo(0.92582, 5);
    }
  });

  test('unrelated tables: p is spread evenly', () => {
    const random = createRandom(11);
    const draw = () => Array.from({ length: 45 }, () => random.next());
    const low = Array.from({ length: 200 }, () => mantelTest(draw(), draw(), 10, { seed: 2, permutations: 99 })!.p).filter((p) => p <= 0.1).length;
    expect(low).toBeGreaterThan(8);
    expect(low).toBeLessThan(35);
  });

  test('a control that explains both leaves nothing; its rho is that of partial Spearman', () => {
    const random = createRandom(12);
    const shared = Array.from({ length: 105 }, () => random.next());
    const noisy = (seed: number) => shared.map((value, index) => value + 0.2 * createRandom(seed * 1000 + index).next());
    const [x, y] = [noisy(1), noisy(2)];
    expect(mantelTest(x, y, 15, { seed: 1, permutations: 199 })!.p).toBeLessThan(0.02);
    const partial = mantelTest(x, y, 15, { seed: 1, permutations: 199, control: shared })!;
    expect(partial.p).toBeGreaterThan(0.05);
    expect(partial.rho).toBeCloseTo(partialSpearman(x, y, shared)!, 10);
    expect(mantelTest(x, y, 15, { seed: 1, control: x })).toBeNull();
  });

  test('nothing to test', () => {
    expect(mantelTest([1], [1], 2, { seed: 1 })).toBeNull();
    expect(mantelTest([1, 1, 1], [1, 2, 3], 3, { seed: 1 })).toBeNull();
    expect(() => mantelTest([1, 2], [1, 2], 3, { seed: 1 })).toThrow(/3 pairs/);
    expect(pearson(midranks([1, 2, 3]), midranks([1, 2, 3]))).toBe(1);
  });
});

function renamed(table: readonly number[], order: readonly number[]): number[] {
  const at = (a: number, b: number) => pairIndex(Math.min(order[a]!, order[b]!), Math.max(order[a]!, order[b]!));
  return [at(0, 1), at(0, 2), at(0, 3), at(1, 2), at(1, 3), at(2, 3)].map((index) => table[index]!);
}

function pairIndex(first: number, second: number): number {
  return [[-1, 0, 1, 2], [-1, -1, 3, 4], [-1, -1, -1, 5]][first]![second]!;
}

function permutationsOf(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) => permutationsOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
