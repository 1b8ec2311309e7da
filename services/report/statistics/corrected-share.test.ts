import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../platform/random.ts';
import { correctedShare } from './corrected-share.ts';

const LABELS = { positives: 100, truePositives: 90, negatives: 100, trueNegatives: 80 };

describe('correctedShare', () => {
  test.each([
    { truth: 0.55, q0: 0.85, q1: 0.9, labels: 60, items: 800 },
    { truth: 0.1, q0: 0.95, q1: 0.7, labels: 40, items: 400 },
    { truth: 0.8, q0: 0.7, q1: 0.85, labels: 100, items: 1500 },
  ])('a judge with known error rates is recovered in at least 93 % of 1,000 seeded trials, where the raw share is not: %o', ({ truth, q0, q1, labels, items }) => {
    const random = createRandom(20260314);
    let corrected = 0;
    let raw = 0;
    for (let trial = 0; trial < 1000; trial += 1) {
      const positives = binomial(random, items, truth);
      const positive = binomial(random, positives, q1) + binomial(random, items - positives, 1 - q0);
      const found = correctedShare({ positive, items }, { positives: labels, truePositives: binomial(random, labels, q1), negatives: labels, trueNegatives: binomial(random, labels, q0) });
      if (found.refused !== null) throw new Error('These labels are enough.');
      if (found.interval.low <= truth && truth <= found.interval.high) corrected += 1;
      const reach = 1.96 * Math.sqrt((found.raw * (1 - found.raw)) / items);
      if (Math.abs(found.raw - truth) <= reach) raw += 1;
    }
    expect(corrected).toBeGreaterThanOrEqual(930);
    expect(raw).toBeLessThan(900);
  });

  test('a judge near chance is refused, and so is one whose labels do not show that it is better', () => {
    expect(correctedShare({ positive: 50, items: 100 }, { positives: 200, truePositives: 104, negatives: 200, trueNegatives: 100 })).toMatchObject({ refused: 'near_chance' });
    expect(correctedShare({ positive: 50, items: 100 }, { positives: 4, truePositives: 3, negatives: 4, trueNegatives: 3 })).toEqual({ refused: 'near_chance', skill: 0.5 });
    expect(correctedShare({ positive: 50, items: 100 }, { positives: 50, truePositives: 5, negatives: 50, trueNegatives: 5 })).toMatchObject({ refused: 'near_chance' });
  });

  test('labels of one kind or none, and nothing judged', () => {
    expect(correctedShare({ positive: 5, items: 9 }, { positives: 0, truePositives: 0, negatives: 9, trueNegatives: 9 })).toEqual({ refused: 'no_labels', skill: null });
    expect(correctedShare({ positive: 0, items: 0 }, LABELS)).toEqual({ refused: 'no_verdicts', skill: null });
    expect(() => correctedShare({ positive: 5, items: 4 }, LABELS)).toThrow(RangeError);
    expect(() => correctedShare({ positive: 5, items: 9, designEffect: 0.5 }, LABELS)).toThrow(/design effect/);
  });

  test('few labels make it wider, and so does clustering', () => {
    const width = (scale: number, designEffect = 1) => {
      const found = correctedShare({ positive: 400, items: 1000, designEffect }, { positives: 50 * scale, truePositives: 45 * scale, negatives: 50 * scale, trueNegatives: 40 * scale });
      return found.refused === null ? found.interval.high - found.interval.low : NaN;
    };
    expect(width(1)).toBeGreaterThan(1.5 * width(20));
    expect(width(20, 10)).toBeGreaterThan(1.5 * width(20));
  });
});

function binomial(random: Random, n: number, p: number): number {
  let count = 0;
  for (let draw = 0; draw < n; draw += 1) if (random.chance(p)) count += 1;
  return count;
}
