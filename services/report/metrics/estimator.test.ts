import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEstimator } from './estimator.ts';
import type { ProfileSums } from './profile-sums.ts';

const means = (values: readonly number[], per: readonly number[] = values.map(() => 1)): ProfileSums => ({ over: Float64Array.from(values), per: Float64Array.from(per), n: values.length });
const estimate = (sums: ProfileSums) => {
  const estimator = createEstimator(sums.over.length);
  return estimator.estimate(estimator.ofSums(sums));
};

test('two profiles of 0 and 1 give a quarter 0, half 0.5, a quarter 1: the interval is the whole range', () => {
  expect(estimate(means([0, 1]))).toEqual({ value: 0.5, interval: { low: 0, high: 1 }, n: 2 });
});

test('for many profiles the interval is near the normal one: 0.5 ± 1.96 · 0.5 / √100', () => {
  const { interval } = estimate(means(Array.from({ length: 100 }, (_, index) => index % 2)));
  expect(interval!.low).toBeCloseTo(0.402, 1.7);
  expect(interval!.high).toBeCloseTo(0.598, 1.7);
});

test('sessions of one user are one draw: repeating them does not narrow the interval', () => {
  const once = Array.from({ length: 20 }, (_, index) => index % 2);
  const often = means(once.map((value) => 4 * value), once.map(() => 4));
  expect(estimate(often).interval).toEqual(estimate(means(once)).interval);
});

test('a difference is paired: a constant gain has an interval of no width although each side varies', () => {
  const estimator = createEstimator(12);
  const base = estimator.ofSums(means(Array.from({ length: 12 }, (_, index) => 100 + 10 * index)));
  const ours = estimator.ofSums(means(Array.from({ length: 12 }, (_, index) => 70 + 10 * index)));
  const { value, interval } = estimator.difference(ours, base);
  expect(value).toBeCloseTo(-30);
  expect(interval!.low).toBeCloseTo(-30);
  expect(interval!.high).toBeCloseTo(-30);
});

test('medians are paired too, and one profile gives a value and no interval', () => {
  const estimator = createEstimator(5);
  const sorted = (shift: number) => ({ values: Float64Array.from([1, 2, 3, 4, 9], (value) => value + shift), users: Uint32Array.from([0, 1, 2, 3, 4]) });
  const gap = estimator.difference(estimator.ofValues('median', sorted(10)), estimator.ofValues('median', sorted(0)));
  expect(gap).toEqual({ value: 10, interval: { low: 10, high: 10 } });
  expect(estimate(means([1]))).toEqual({ value: 1, interval: null, n: 1 });
});

test('what nobody has is null; profiles without it are drawn but count nothing', () => {
  expect(estimate(means([0, 0, 0], [0, 0, 0]))).toEqual({ value: null, interval: null, n: 3 });
  const { value, interval } = estimate(means([0.5, 0.5, 0], [1, 1, 0]));
  expect(value).toBe(0.5);
  expect(interval).toEqual({ low: 0.5, high: 0.5 });
});

test('an interval holds the mean of values and never leaves their range', () => {
  const estimator = createEstimator(9);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 9, maxLength: 9 }), (values) => {
      const { value, interval } = estimator.estimate(estimator.ofSums(means(values)));
      expect(interval!.low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(interval!.high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      expect(interval!.low).toBeLessThanOrEqual(value! + 1e-9);
      expect(interval!.high).toBeGreaterThanOrEqual(value! - 1e-9);
    }),
    { numRuns: 20, seed: 2 },
  );
});
