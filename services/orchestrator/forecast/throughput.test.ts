import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SERVING_PROFILES } from './serving-profiles.ts';
import { predictThroughput, type CallClass } from './throughput.ts';

/** The published workload (spec operations.md 6.3 and 6.6): T turns, a 70B model as user and judge, an 8B model as agent. */
function workload(turns: number): CallClass[] {
  const [u, a] = [60, 350];
  const user = 1450 + ((turns - 1) / 2) * (u + a);
  const agent = 450 + ((turns + 1) / 2) * u + ((turns - 1) / 2) * a;
  return [
    { pool: 'big', perTurn: 1, prompt: user, shared: 1055, reuse: user - 1055 - ((turns - 1) / turns) * (u + a + 16) - 16, out: 250, onPath: true },
    { pool: 'small', perTurn: 1, prompt: agent, shared: 100, reuse: agent - 100 - 350 / turns - (u + 16), out: a, onPath: true },
    { pool: 'small', perTurn: 4 / 7 / turns, prompt: turns * (u + a) + 500, shared: 200, reuse: 0, out: 400, onPath: true },
    { pool: 'big', perTurn: 1 / turns, prompt: 700, shared: 200, reuse: 0, out: 150, onPath: false },
    { pool: 'big', perTurn: 1 / turns, prompt: 4200, shared: 200, reuse: 0, out: 300, onPath: false },
  ];
}

function published(chains: number, replicas = 2, turns = 8) {
  const pools = { big: { profile: SERVING_PROFILES['70b-bf16-4xh100'], replicas }, small: { profile: SERVING_PROFILES['8b-bf16-h100'], replicas } };
  return predictThroughput({ pools, calls: workload(turns), turns: 14_000 * turns, chains });
}

describe('the published operating points (spec operations.md 6.6, test vectors)', () => {
  test.each([
    [100, 8.17, 4.38],
    [240, 12.0, 2.98],
    [400, 7.98, null],
  ])('%i trajectories: %f turns a second', (chains, pace, hours) => {
    const found = published(chains);
    expect(found.turnsPerS).toBeCloseTo(pace, 2);
    if (hours !== null) expect(found.wallS / 3600).toBeCloseTo(hours, 2);
  });

  test('240 trajectories: GPU-hours, energy and KV share', () => {
    const found = published(240);
    expect(found.gpuHours).toBeCloseTo(29.8, 1);
    expect(found.kWh).toBeCloseTo(16.8, 1);
    expect(found.pools.find((pool) => pool.name === 'big')!.kvShare).toBeCloseTo(0.73, 2);
  });

  test('past the cliff the prefix cache has collapsed in both pools', () => {
    expect(published(400).pools.map((pool) => pool.prefixCache)).toEqual([false, false]);
    expect(published(240).pools.map((pool) => pool.prefixCache)).toEqual([true, true]);
  });

  test.each([50, 100, 150, 200, 240, 280, 320, 400, 700])('the closed form gives the published row at %i trajectories', (chains) => {
    const row: Record<number, number> = { 50: 5.2, 100: 8.2, 150: 10.0, 200: 11.3, 240: 12.0, 280: 12.6, 320: 7.9, 400: 8.0, 700: 8.0 };
    expect(published(chains).turnsPerS).toBeCloseTo(row[chains]!, 1);
  });
});

test('more replicas at the same number of trajectories each are never slower, and longer sessions take longer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 300 }), fc.integer({ min: 1, max: 6 }), (each, replicas) => {
      expect(published(each * (replicas + 1), replicas + 1).turnsPerS).toBeGreaterThanOrEqual(published(each * replicas, replicas).turnsPerS * 0.999);
      expect(published(100, 2, 15).wallS).toBeGreaterThan(published(100, 2, 8).wallS);
    }),
    { seed: 11, numRuns: 30 },
  );
});

test('a pool that only reads, such as a reranker, bounds the pace by its prefill', () => {
  const calls: CallClass[] = [{ pool: 'rank', perTurn: 1, prompt: 13_440, shared: 0, reuse: 0, out: 0, onPath: true }];
  const found = predictThroughput({ pools: { rank: { profile: SERVING_PROFILES['embed-8b-h100'], replicas: 1 } }, calls, turns: 48_000, chains: 1000 });
  // 643 M tokens at about 28 k a second are 6.2 to 6.4 hours of a GPU that does nothing else (spec operations.md 6.5).
  const fullyBusyH = (found.wallS / 3600 / 1.15) * 0.92;
  expect(fullyBusyH).toBeGreaterThan(6.2);
  expect(fullyBusyH).toBeLessThan(6.4);
});

test('servers that cannot serve one turn are refused in a sentence', () => {
  const tiny = { ...SERVING_PROFILES['8b-bf16-h100'], kvTokens: 1 };
  expect(() => predictThroughput({ pools: { small: { profile: tiny, replicas: 1 } }, calls: [{ pool: 'small', perTurn: 1, prompt: 4000, shared: 0, reuse: 0, out: 300, onPath: true }], turns: 1, chains: 1 })).toThrow(
    /larger or more/,
  );
});
