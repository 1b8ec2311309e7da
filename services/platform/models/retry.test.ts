import { describe, expect, test } from 'vitest';
import { createLatencyHistogram } from './accounting.ts';
import { retryAfterMs } from './fault.ts';
import { retryDelayMs } from './retry.ts';

describe('the wait before another attempt', () => {
  test('doubles, within a quarter, the same for the same seed', () => {
    for (const [attempt, middle] of [1000, 2000, 4000].entries()) {
      const waits = Array.from({ length: 200 }, (_, seed) => retryDelayMs({ attempt, baseMs: 1000, seed, askedMs: undefined }));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(middle * 0.75);
      expect(Math.max(...waits)).toBeLessThan(middle * 1.25);
      expect(new Set(waits).size).toBe(200);
      expect(retryDelayMs({ attempt, baseMs: 1000, seed: 5, askedMs: undefined })).toBe(waits[5]);
    }
  });

  test('is at least what the endpoint asks for', () => {
    const wait = retryDelayMs({ attempt: 0, baseMs: 1000, seed: 1, askedMs: 7000 });
    expect(wait).toBeGreaterThanOrEqual(7000);
    expect(wait).toBeLessThan(7250);
  });

  const now = Date.parse('2026-01-01T00:00:00Z');
  test.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': '2', 'retry-after-ms': '150' }, 150],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
  ])('reads %j', (headers, ms) => {
    const read = retryAfterMs(new Headers(headers), now);
    expect(read).toBe(ms);
  });
});

test('the latency histogram is within 2 % of the true percentiles', () => {
  const histogram = createLatencyHistogram();
  expect(histogram.percentile(0.5)).toBe(0);
  for (let ms = 1; ms <= 1000; ms += 1) histogram.add(ms);
  expect(histogram.percentile(0.5) / 500).toBeCloseTo(1, 1.4);
  expect(histogram.percentile(0.99) / 990).toBeCloseTo(1, 1.4);
  histogram.add(1e9);
  histogram.add(0);
  expect(histogram.percentile(1)).toBeGreaterThan(1_000_000);
  expect(histogram.percentile(0)).toBe(0.1);
});
