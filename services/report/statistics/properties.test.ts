import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { cohenKappa } from './cohen-kappa.ts';
import { partialSpearman, pearson, spearman } from './correlation.ts';
import { cohenDz } from './effect-size.ts';
import { holm } from './holm.ts';
import { krippendorffAlpha } from './krippendorff.ts';
import { mannWhitney } from './mann-whitney.ts';
import { mcnemar } from './mcnemar.ts';
import { profileSlopes, slopeOf } from './slope.ts';
import { pairedTTest } from './t-test.ts';
import { wilcoxonSignedRank } from './wilcoxon.ts';

fc.configureGlobal({ seed: 20260314 });

const small = fc.integer({ min: -6, max: 6 });
const several = fc.array(small, { minLength: 2, maxLength: 12 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const shuffled = <T>(items: readonly T[], seed: number) => createRandom(seed).shuffle(items);

describe('Holm', () => {
  test('keeps the order of the p-values, never makes one smaller, and stays within the simplest correction', () => {
    fc.assert(fc.property(fc.array(share, { minLength: 1, maxLength: 30 }), (ps) => {
      const adjusted = holm(ps);
      ps.forEach((p, i) => {
        expect(adjusted[i]).toBeGreaterThanOrEqual(p);
        expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, ps.length * p));
        ps.forEach((q, j) => {
          if (p <= q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
        });
      });
    }));
  });

  test('a test that could not be made counts in the family and stays without a value', () => {
    expect(holm([0.01, null, 0.03, null])).toEqual([0.04, null, 0.09, null]);
    expect(holm([])).toEqual([]);
  });
});

describe('paired tests', () => {
  test('the order of the profiles does not matter', () => {
    fc.assert(fc.property(several, fc.nat(), (differences, seed) => {
      const other = shuffled(differences, seed);
      expect(wilcoxonSignedRank(other)).toEqual(wilcoxonSignedRank(differences));
      const [a, b] = [pairedTTest(other), pairedTTest(differences)];
      expect(a === null).toBe(b === null);
      if (a && b) expect(a.p).toBeCloseTo(b.p, 10);
    }));
  });

  test('swapping the sides changes signs and nothing else', () => {
    fc.assert(fc.property(several, (differences) => {
      const swapped = differences.map((d) => 0 - d);
      expect(wilcoxonSignedRank(swapped)?.p).toBe(wilcoxonSignedRank(differences)?.p);
      expect(cohenDz(swapped) ?? 0).toBeCloseTo(-(cohenDz(differences) ?? 0), 12);
      const [a, b] = [pairedTTest(swapped), pairedTTest(differences)];
      if (!a || !b) {
        expect(a).toBe(b);
        return;
      }
      expect(a.p).toBeCloseTo(b.p, 12);
      expect(a.pGreater).toBeCloseTo(1 - b.pGreater, 6);
      expect(a.interval.low).toBeCloseTo(-b.interval.high, 9);
    }));
  });

  test("Wilcoxon's exact p is the share of all sign patterns that are as far out", () => {
    fc.assert(fc.property(fc.array(small, { minLength: 1, maxLength: 8 }), (differences) => {
      const found = wilcoxonSignedRank(differences);
      const kept = differences.filter((d) => d !== 0);
      if (kept.length === 0) {
        expect(found).toBeNull();
        return;
      }
      let asFar = 0;
      for (let pattern = 0; pattern < 2 ** kept.length; pattern += 1) {
        const signed = kept.map((d, index) => ((pattern >> index) & 1 ? Math.abs(d) : -Math.abs(d)));
        if (wilcoxonSignedRank(signed)!.statistic <= found!.statistic) asFar += 1;
      }
      // With the statistic in the middle both halves overlap.
      expect(found!.p).toBeCloseTo(Math.min(1, asFar / 2 ** kept.length), 12);
    }), { numRuns: 50 });
  });

  test('no spread, no t; a t-test with an interval agrees with its p', () => {
    expect(pairedTTest([0.1, 0.1, 0.1])).toBeNull();
    expect(pairedTTest([3])).toBeNull();
    expect(cohenDz([0.3, 0.3, 0.3])).toBeNull();
    fc.assert(fc.property(several, (differences) => {
      const found = pairedTTest(differences);
      if (found && Math.abs(found.p - 0.05) > 1e-6) expect(found.interval.low > 0 || found.interval.high < 0).toBe(found.p < 0.05);
    }));
  });

  test('McNemar: symmetric, mid-p is below exact, nothing without a flip', () => {
    expect(mcnemar(0, 0)).toBeNull();
    fc.assert(fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 300 }), (lost, won) => {
      expect(mcnemar(lost, won)).toEqual(mcnemar(won, lost));
      expect(mcnemar(lost, won)!.midP).toBeLessThanOrEqual(mcnemar(lost, won)!.exact);
    }));
  });
});

describe('two samples', () => {
  test('Mann-Whitney: swapping the samples mirrors U and keeps p; only the order of values counts', () => {
    fc.assert(fc.property(fc.array(small, { minLength: 1, maxLength: 9 }), fc.array(small, { minLength: 1, maxLength: 9 }), (a, b) => {
      const found = mannWhitney(a, b);
      const swapped = mannWhitney(b, a);
      if (!found || !swapped) {
        expect(found).toBe(swapped);
        return;
      }
      expect(found.u + swapped.u).toBe(a.length * b.length);
      expect(found.p).toBeCloseTo(swapped.p, 12);
      expect(mannWhitney(a.map(Math.exp), b.map(Math.exp))!.p).toBeCloseTo(found.p, 12);
    }));
  });

  test('nothing to compare', () => {
    expect(mannWhitney([], [1])).toBeNull();
    expect(mannWhitney([2, 2], [2])).toBeNull();
  });
});

describe('correlation', () => {
  const pairs = fc.array(fc.tuple(small, small, small), { minLength: 3, maxLength: 15 });

  test('is between -1 and 1, symmetric, and the same for pairs in another order', () => {
    fc.assert(fc.property(pairs, fc.nat(), (list, seed) => {
      const other = shuffled(list, seed);
      for (const of of [pearson, spearman]) {
        const found = of(list.map(([x]) => x), list.map(([, y]) => y));
        if (found === null) return;
        expect(Math.abs(found)).toBeLessThanOrEqual(1);
        expect(of(other.map(([, y]) => y), other.map(([x]) => x))).toBeCloseTo(found, 10);
      }
    }));
  });

  test('partial: unmoved by a control that says nothing, nothing left when the control says all', () => {
    const x = [1, 2, 3, 4, 5];
    const y = [2, 1, 4, 3, 5];
    expect(partialSpearman(x, y, [7, 7, 7, 7, 7])).toBeCloseTo(spearman(x, y)!, 12);
    expect(partialSpearman(x, y, x)).toBeNull();
    expect(partialSpearman([1, 1, 1], [1, 2, 3], [3, 1, 2])).toBeNull();
    expect(() => pearson([1], [1, 2])).toThrow(RangeError);
  });
});

describe('agreement of raters', () => {
  test('alpha and kappa: 1 for agreement, unmoved by the order of items and by the names of categories', () => {
    const item = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(fc.property(fc.array(item, { minLength: 2, maxLength: 20 }), fc.nat(), (items, seed) => {
      const other = shuffled(items, seed).map((pair) => pair.map((rating) => `category ${rating}`));
      const [alpha, again] = [krippendorffAlpha(items), krippendorffAlpha(other)];
      if (alpha === null || again === null) expect(alpha).toBe(again);
      else expect(alpha).toBeCloseTo(again, 12);
      const same = krippendorffAlpha(items.map(([a]) => [a, a]));
      if (same !== null) expect(same).toBeCloseTo(1, 12);
      const kappa = cohenKappa(items.map(([a]) => a), items.map(([, b]) => b));
      if (kappa !== null) expect(kappa).toBeLessThanOrEqual(1);
    }));
  });

  test('an item with one rating says nothing', () => {
    expect(krippendorffAlpha([[1, 1], [2, 2], [1, 2], [3, null], [null, null]])).toBe(krippendorffAlpha([[1, 1], [2, 2], [1, 2]]));
    expect(krippendorffAlpha([[1, 1], [1, 1]])).toBeNull();
    expect(krippendorffAlpha([])).toBeNull();
    expect(cohenKappa([], [])).toBeNull();
  });
});

describe('slopes', () => {
  test('of a line, per profile, with gaps', () => {
    expect(profileSlopes([[1, 3, 5, 7], [4, null, 2, null], [null, 5, null], []])).toEqual([2, -1, null, null]);
    expect(slopeOf([2, 2], [1, 3])).toBeNull();
  });
});
