import { describe, expect, test } from 'vitest';
import { createRandom, seedFrom } from '../../platform/random.ts';
import { spearman } from '../statistics/correlation.ts';
import { quantileSorted } from '../statistics/interval.ts';
import { cosines } from './analyse-method.ts';
import { bootstrapRho } from './bootstrap-rho.ts';
import { associate, extremes, pairTable } from './pairs.ts';
import { jaccard } from './vector-math.ts';

/** algorithm.md 7.6 */
const REVEALED = ['abc', 'bcd', 'ad', 'e'];
const VECTORS = [[0.2, 0.1, 0], [0.1, 0.2, 0.1], [0.3, -0.1, 0], [-0.2, 0, 0.3]];
const likenessOf = (revealed: readonly string[]) => pairTable(revealed, (a, b) => jaccard(new Set(a), new Set(b)));

describe('pairs of users', () => {
  test('the published example: pairs 12, 13, 14, 23, 24, 34', () => {
    expect([...likenessOf(REVEALED)]).toEqual([0.5, 0.25, 0, 0.25, 0, 0]);
    const expected = [0.730297, 0.707107, -0.496139, 0.129099, 0.113228, -0.526235];
    cosines(VECTORS).forEach((found, pair) => expect(Math.abs(found - expected[pair]!)).toBeLessThan(1e-6));
    const { rho, pairs, missing, permutations } = associate(likenessOf(REVEALED), cosines(VECTORS), 4, { seed: 1 });
    expect(Math.abs(rho! - 0.92582)).toBeLessThan(1e-6);
    expect({ pairs, missing, permutations }).toEqual({ pairs: 6, missing: 0, permutations: 10_000 });
  });

  test('p is the share of the 24 orders that reach as far', () => {
    const [x, y] = [likenessOf(REVEALED), cosines(VECTORS)];
    const rho = spearman(x, y)!;
    const orders = permutationsOf([0, 1, 2, 3]).map((order) => spearman(x, cosines(order.map((user) => VECTORS[user]!)))!);
    const asFar = orders.filter((found) => Math.abs(found) >= Math.abs(rho) - 1e-9).length;
    const { p } = associate(x, y, 4, { seed: 3, permutations: 20_000 });
    expect(Math.abs(p! - asFar / 24)).toBeLessThan(0.015);
  });

  test('pairs without a number are left out and counted; the test does without the users that cause them', () => {
    const some = { revealed: [...REVEALED, '', '', 'a'], vectors: [...VECTORS, [0.1, 0.2, 0.3], [0.3, 0, 0], [0, 0, 0]] };
    const found = associate(likenessOf(some.revealed), cosines(some.vectors), 7, { seed: 1, permutations: 100 });
    // Nothing revealed by both: one pair; no vector: six.
    expect(found).toMatchObject({ pairs: 21, missing: 7 });
    const complete = [0, 1, 2, 3, 5];
    const alone = associate(likenessOf(complete.map((user) => some.revealed[user]!)), cosines(complete.map((user) => some.vectors[user]!)), 5, { seed: 1, permutations: 100 });
    expect(found.p).toBe(alone.p);
    expect(associate(new Float64Array(0), new Float64Array(0), 0, { seed: 1 })).toMatchObject({ rho: null, p: null, interval: null, pairs: 0 });
  });

  test('what a third table explains is taken out: likeness that comes from like tasks alone is found without it and not with it', () => {
    const found = Array.from({ length: 20 }, (_, round) => {
      const random = createRandom(round);
      const tasks = Array.from({ length: 15 }, () => random.next());
      const near = (noise: number) => {
        const places = tasks.map((place) => place + noise * random.next());
        return pairTable(places, (one, other) => -Math.abs(one - other));
      };
      const [x, y, control] = [near(0.2), near(0.2), near(0)];
      const options = { seed: round, permutations: 200, resamples: 20 };
      return { plain: associate(x, y, 15, options), held: associate(x, y, 15, { ...options, control }) };
    });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.min(...found.map(({ plain }) => plain.rho!))).toBeGreaterThan(0.5);
    expect(mean(found.map(({ plain }) => plain.p!))).toBeLessThan(0.01);
    expect(Math.abs(mean(found.map(({ held }) => held.rho!)))).toBeLessThan(0.1);
    expect(mean(found.map(({ held }) => held.p!))).toBeGreaterThan(0.3);
  });
});

describe('the interval from resampled users', () => {
  test('equals Spearman over the pairs as often as they were drawn', () => {
    const random = createRandom(11);
    const users = 8;
    const draw = () => Float64Array.from({ length: (users * (users - 1)) / 2 }, () => random.int(6));
    const [x, y] = [draw(), draw()];
    const found = bootstrapRho([x, y], users, { seed: 2, resamples: 200 })!;
    // The same draws, pair by pair.
    const again = createRandom(seedFrom('user vectors, bootstrap', 2, users));
    const rhos = Array.from({ length: 200 }, () => {
      const drawn = Array.from({ length: users }, () => again.int(users));
      const times = drawn.reduce((counts, user) => ((counts[user]! += 1), counts), new Array<number>(users).fill(0));
      const [a, b]: [number[], number[]] = [[], []];
      let pair = 0;
      for (let first = 0; first < users; first += 1)
        for (let second = first + 1; second < users; second += 1, pair += 1)
          for (let copy = 0; copy < times[first]! * times[second]!; copy += 1) {
            a.push(x[pair]!);
            b.push(y[pair]!);
          }
      return spearman(a, b);
    });
    // A resample of very few users may have none.
    const sorted = rhos.filter((rho) => rho !== null).sort((a, b) => a - b);
    expect(sorted.length).toBeGreaterThan(190);
    expect(found.low).toBeCloseTo(quantileSorted(sorted, 0.025), 9);
    expect(found.high).toBeCloseTo(quantileSorted(sorted, 0.975), 9);
    expect(found).toEqual(bootstrapRho([x, y], users, { seed: 2, resamples: 200 }));
    expect(bootstrapRho([x, y], users, { seed: 3, resamples: 200 })).not.toEqual(found);
  });

  test('two users have none', () => expect(bootstrapRho([Float64Array.of(1), Float64Array.of(1)], 2, { seed: 1, resamples: 10 })).toBeNull());
});

describe('lowest against highest likeness', () => {
  test('cut by value, so that equal pairs stay together', () => {
    const likeness = Float64Array.of(0, 0, 0, 0.1, 0.2, 0.3, 0.5, 0.9);
    const found = extremes(likeness, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1 / 4)!;
    expect(found).toMatchObject({ bottom: { pairs: 3, meanCosine: 2 }, top: { pairs: 2, meanCosine: 7.5 }, u: 6 });
    // Ten ways to choose two of five, one of them as far on either side.
    expect(found.p).toBeCloseTo(0.2, 12);
  });

  test('without a difference there are no extremes; pairs without a number are left out', () => {
    expect(extremes(Float64Array.of(1, 1, 1), Float64Array.of(1, 2, 3), 1 / 4)).toBeNull();
    expect(extremes(Float64Array.of(0, NaN, 1), Float64Array.of(1, 2, NaN), 1 / 4)).toBeNull();
  });
});

function permutationsOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutationsOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
