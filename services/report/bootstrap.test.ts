import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAggregator } from './aggregate.ts';
import { drawResamples, percentileInterval, RESAMPLES } from './bootstrap.ts';
import { metricOf } from './metrics.ts';
import { sampleSession, sampleTask } from './sample-run.ts';
import { sessionRow, withVerdict, type SessionRow } from './session-row.ts';

const users = (count: number) => Array.from({ length: count }, (_, index) => `u-${String(index).padStart(3, '0')}`);
const scored = (userId: string, session: number, correct: boolean): SessionRow =>
  withVerdict(sessionRow(sampleSession('m', userId, session)), sampleTask('m', userId, session, correct));

test('every resample draws as many profiles as there are, and is the same each time', () => {
  const draws = drawResamples(7);
  expect(draws).toHaveLength(RESAMPLES);
  for (const weights of draws) expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(7);
  expect(drawResamples(7)).toEqual(draws);
});

test('percentiles are interpolated; resamples without a value are left out until they are most', () => {
  const values = Array.from({ length: 41 }, (_, index) => 40 - index);
  expect(percentileInterval(values)).toEqual({ low: expect.closeTo(1), high: expect.closeTo(39) });
  expect(percentileInterval([...values, null, null])).toEqual({ low: expect.closeTo(1), high: expect.closeTo(39) });
  expect(percentileInterval([1, null, null])).toBeNull();
  expect(percentileInterval([])).toBeNull();
});

test('two profiles of 0 and 1 give a quarter 0, half 0.5, a quarter 1: the interval is the whole range', () => {
  const rows = [scored('u-000', 0, false), scored('u-001', 0, true)];
  expect(createAggregator(users(2)).estimate(metricOf('success'), rows)).toEqual({ value: 0.5, interval: { low: 0, high: 1 }, sessions: 2 });
});

test('for many profiles the interval is near the normal one: 0.5 ± 1.96 · 0.5 / √100', () => {
  const ids = users(100);
  const rows = ids.map((userId, index) => scored(userId, 0, index % 2 === 0));
  const { interval } = createAggregator(ids).estimate(metricOf('success'), rows);
  expect(interval!.low).toBeCloseTo(0.402, 1.7);
  expect(interval!.high).toBeCloseTo(0.598, 1.7);
});

test('sessions of one user are one draw: repeating them does not narrow the interval', () => {
  const ids = users(20);
  const once = ids.map((userId, index) => scored(userId, 0, index % 2 === 0));
  const often = [0, 1, 2, 3].flatMap((session) => ids.map((userId, index) => scored(userId, session, index % 2 === 0)));
  const aggregator = createAggregator(ids);
  expect(aggregator.estimate(metricOf('success'), often).interval).toEqual(aggregator.estimate(metricOf('success'), once).interval);
});

test('a difference is paired: a constant gain has an interval of no width although each side varies', () => {
  const ids = users(12);
  const base = ids.map((userId, index) => sessionRow(sampleSession('a', userId, 0, { userTokens: 100 + 10 * index })));
  const ours = ids.map((userId, index) => sessionRow(sampleSession('b', userId, 0, { userTokens: 70 + 10 * index })));
  const { value, interval } = createAggregator(ids).difference(metricOf('user_tokens'), ours, base);
  expect(value).toBeCloseTo(-30);
  expect(interval!.low).toBeCloseTo(-30);
  expect(interval!.high).toBeCloseTo(-30);
});

test('one profile gives a value and no interval', () => {
  expect(createAggregator(['u-000']).estimate(metricOf('success'), [scored('u-000', 0, true)])).toEqual({ value: 1, interval: null, sessions: 1 });
});

test('an interval holds the mean of values and never leaves their range', () => {
  const ids = users(9);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 9, maxLength: 9 }), (tokens) => {
      const rows = ids.map((userId, index) => sessionRow(sampleSession('m', userId, 0, { userTokens: tokens[index]! })));
      const { value, interval } = createAggregator(ids).estimate(metricOf('user_tokens'), rows);
      expect(interval!.low).toBeGreaterThanOrEqual(Math.min(...tokens) - 1e-9);
      expect(interval!.high).toBeLessThanOrEqual(Math.max(...tokens) + 1e-9);
      expect(interval!.low).toBeLessThanOrEqual(value! + 1e-9);
      expect(interval!.high).toBeGreaterThanOrEqual(value! - 1e-9);
    }),
    { numRuns: 20, seed: 2 },
  );
});
