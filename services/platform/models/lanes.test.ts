import { describe, expect, test } from 'vitest';
import { createAdaptiveLimit, type Permit } from './limit.ts';
import { createPaceWatch, workOf } from './pace.ts';

const open = new AbortController().signal;

describe('background calls', () => {
  test('get one place in eight while both lines are there, every second one when they have grown old, and all when nobody else waits', async () => {
    let clock = 0;
    const limit = createAdaptiveLimit({ max: 1, initial: 1, maxQueue: 1_000, name: 'e', now: () => clock });
    const order: string[] = [];
    let held = await limit.acquire(open);
    const arrive = (lane: 'normal' | 'background') =>
      void Promise.resolve(limit.acquire(new AbortController().signal, lane)).then((permit) => {
        order.push(lane[0]!);
        held = permit;
      });
    const serve = async (count: number) => {
      for (let call = 0; call < count; call += 1) {
        held.release('other');
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
      }
      return order.splice(0).join('');
    };
    for (let call = 0; call < 40; call += 1) arrive('normal');
    for (let call = 0; call < 20; call += 1) arrive('background');
    expect(await serve(16)).toBe('nnnnnnnbnnnnnnnb');
    clock = 31_000;
    expect(await serve(8)).toBe('nbnbnbnb');
    expect(limit.load()).toMatchObject({ inFlight: 1, waiting: 36 });
    expect(await serve(36)).toBe('nb'.repeat(14) + 'n'.repeat(8));
    arrive('background');
    arrive('background');
    expect(await serve(2)).toBe('bb');
  });
});

describe('the watch on pace', () => {
  test('takes longer answers and a fuller batch as they are, and a server five times as slow as slow', () => {
    const watch = createPaceWatch();
    const answer = (factor: number, tokens: number) => watch.isSlow({ kind: 'm', latencyMs: factor * (tokens + 16), tokens });
    for (let call = 0; call < 100; call += 1) expect(answer(10, 50 + (call % 7) * 100)).toBe(false);
    for (let call = 0; call < 100; call += 1) expect(answer(10, 900)).toBe(false);
    for (let call = 0; call < 200; call += 1) expect(answer(36, 350)).toBe(false);
    const told = Array.from({ length: 100 }, () => answer(60, 350));
    expect(told.at(-1)).toBe(true);
    expect(workOf({ promptTokens: 400, completionTokens: 10 })).toBe(12);
  });

  test('lowers the limit to what is in flight, not below eight, and lets it grow again when the pace is back', () => {
    const limit = createAdaptiveLimit({ max: 100, initial: 64, maxQueue: 10, name: 'e' });
    const round = (latencyMs: number) => {
      const permits = Array.from({ length: limit.load().limit }, () => limit.acquire(open) as Permit);
      for (const permit of permits) permit.release('success', { kind: 'm', latencyMs, tokens: 100 });
    };
    for (let count = 0; count < 2; count += 1) round(1_000);
    const before = limit.load().limit;
    round(9_000);
    round(9_000);
    expect(limit.load().limit).toBeLessThan(before);
    for (let count = 0; count < 60; count += 1) round(9_000);
    expect(limit.load().limit).toBe(8);
    for (let count = 0; count < 30; count += 1) round(1_000);
    expect(limit.load().limit).toBeGreaterThan(20);
  });
});
