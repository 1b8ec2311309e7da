import { describe, expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { createClusterBootstrap, hierarchicalInterval, percentileInterval, RESAMPLES } from './cluster-bootstrap.ts';
import { createNormal } from './normal-draws.ts';

const normal = createNormal(createRandom(5));
const values = Float64Array.from({ length: 60 }, () => 3 + 2 * normal());
const standardError = (list: Float64Array) => {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  return Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0)) / list.length;
};

describe('over profiles', () => {
  test('ten thousand resamples, the same every time, others for another seed', () => {
    const means = createClusterBootstrap(60, { seed: 1 }).means(values);
    expect(means.length).toBe(RESAMPLES);
    expect(RESAMPLES).toBe(10_000);
    expect(createClusterBootstrap(60, { seed: 1 }).means(values)).toEqual(means);
    expect(createClusterBootstrap(60, { seed: 2 }).means(values)).not.toEqual(means);
  });

  test('spread and interval are those that theory gives for a mean', () => {
    const means = createClusterBootstrap(60, { seed: 1 }).means(values);
    const centre = means.reduce((a, b) => a + b, 0) / means.length;
    const sd = Math.sqrt(means.reduce((sum, v) => sum + (v - centre) ** 2, 0) / means.length);
    expect(Math.abs(sd / standardError(values) - 1)).toBeLessThan(0.03);
    const { low, high } = percentileInterval(means)!;
    expect((high - low) / (2 * 1.96 * standardError(values))).toBeCloseTo(1, 1);
  });

  test('a share is the sum of one by the sum of the other, in every resample', () => {
    const bootstrap = createClusterBootstrap(3, { seed: 4, resamples: 500 });
    const ratios = bootstrap.ratios(Float64Array.of(1, 2, 0), Float64Array.of(1, 4, 0));
    // Resamples of the third profile alone (1 in 27) have no value; the others are between 2/4 and 1.
    expect(ratios.filter(Number.isNaN).length).toBeGreaterThan(5);
    expect(ratios.every((ratio) => Number.isNaN(ratio) || (ratio >= 0.5 && ratio <= 1))).toBe(true);
    expect(() => bootstrap.ratios(Float64Array.of(1), Float64Array.of(1))).toThrow(/3 clusters/);
  });

  test('an interval needs values in half of the resamples', () => {
    expect(percentileInterval(Float64Array.of(NaN, NaN, NaN, 1))).toBeNull();
    expect(percentileInterval(Float64Array.of(NaN, 2, 2, 2))).toEqual({ low: 2, high: 2 });
    expect(percentileInterval(new Float64Array(0))).toBeNull();
  });
});

describe('over profiles and their sessions', () => {
  test('wider than over profiles alone where sessions are noisy, the same where they are not', () => {
    const quiet = Array.from(values, (value) => [value, value, value]);
    const noisy = Array.from(values, (value) => [value - 4, value, value + 4]);
    const width = (profiles: number[][]) => {
      const { low, high } = hierarchicalInterval(profiles, { seed: 3, resamples: 4000 })!;
      return high - low;
    };
    const { low, high } = percentileInterval(createClusterBootstrap(60, { seed: 3, resamples: 4000 }).means(values))!;
    expect(width(quiet) / (high - low)).toBeCloseTo(1, 1);
    // Variance of a profile's mean of 3 drawn from ±4, 0: 32/3/3; of the profiles: about 4.
    expect(width(noisy) / width(quiet)).toBeGreaterThan(1.2);
    expect(hierarchicalInterval(quiet, { seed: 3, resamples: 50 })).toEqual(hierarchicalInterval(quiet, { seed: 3, resamples: 50 }));
  });

  test('profiles without a session are left out; two are needed', () => {
    expect(hierarchicalInterval([[1], [], []], { seed: 1 })).toBeNull();
    expect(hierarchicalInterval([[1], [], [1, 1]], { seed: 1, resamples: 20 })).toEqual({ low: 1, high: 1 });
  });
});
