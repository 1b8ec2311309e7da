import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAdaptiveLimit, type AdaptiveLimit, type Permit } from './limit.ts';

const open = new AbortController().signal;

describe('the adaptive limit', () => {
  test('adds a place per success until the first overload, then one per window', () => {
    const limit = createAdaptiveLimit({ max: 100, initial: 4, maxQueue: 10, name: 'e' });
    const permits = take(limit, 4);
    keepFull(limit, permits, 20);
    expect(limit.load().limit).toBeGreaterThanOrEqual(22);
    permits.pop()!.release('overload');
    const after = limit.load().limit;
    expect(after).toBeLessThanOrEqual(17);
    while (permits.length > after) permits.pop()!.release('other');
    keepFull(limit, permits, 3 * after);
    expect(limit.load().limit - after).toBeGreaterThanOrEqual(2);
    expect(limit.load().limit - after).toBeLessThanOrEqual(3);
  });

  test('is cut once for calls that were under way together, and never below one', () => {
    const limit = createAdaptiveLimit({ max: 100, initial: 10, maxQueue: 10, name: 'e' });
    const permits = take(limit, 10);
    permits[0]!.release('overload');
    for (const permit of permits) permit.release('overload');
    expect(limit.load().limit).toBe(7);
    roundTrip(limit, 'overload');
    expect(limit.load().limit).toBe(4);
    for (let cut = 0; cut < 30; cut += 1) roundTrip(limit, 'overload');
    expect(limit.load()).toEqual({ inFlight: 0, waiting: 0, limit: 1 });
  });

  test('does not grow while it is not felt', () => {
    const limit = createAdaptiveLimit({ max: 100, initial: 10, maxQueue: 10, name: 'e' });
    for (let call = 0; call < 50; call += 1) take(limit, 1)[0]!.release('success');
    expect(limit.load().limit).toBe(10);
  });

  test('refuses one more than may wait', async () => {
    const limit = createAdaptiveLimit({ max: 1, initial: 1, maxQueue: 1, name: 'endpoint "e"' });
    take(limit, 1);
    void limit.acquire(open);
    expect(() => limit.acquire(open)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  });

  test('serves first come, first served, skips who left, and keeps to the limit, in any order of events', async () => {
    const event = fc.oneof({ weight: 4, arbitrary: fc.constant('arrive') }, { weight: 3, arbitrary: fc.constantFrom('success', 'overload', 'other') }, { weight: 1, arbitrary: fc.constant('leave') });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.tuple(event, fc.nat()), { maxLength: 80, size: 'max' }), async (max, events) => {
        const limit = createAdaptiveLimit({ max, initial: max, maxQueue: 1_000, name: 'e' });
        const held: Permit[] = [];
        const served: number[] = [];
        const waiting = new Map<number, AbortController>();
        let arrivals = 0;
        for (const [kind, choice] of events) {
          if (kind === 'arrive') {
            const number = arrivals;
            arrivals += 1;
            const caller = new AbortController();
            const place = limit.acquire(caller.signal);
            if ('release' in place) {
              held.push(place);
              served.push(number);
            } else {
              waiting.set(number, caller);
              place.then(
                (permit) => {
                  held.push(permit);
                  served.push(number);
                  waiting.delete(number);
                },
                () => waiting.delete(number),
              );
            }
          } else if (kind === 'leave') {
            [...waiting.values()][choice % Math.max(1, waiting.size)]?.abort(new Error('left'));
          } else {
            held.splice(choice % Math.max(1, held.length), 1)[0]?.release(kind);
          }
          await new Promise((resolve) => setImmediate(resolve));
          expect(limit.load()).toMatchObject({ inFlight: held.length, waiting: waiting.size });
          expect(held.length).toBeLessThanOrEqual(max);
          expect(waiting.size > 0 && held.length < limit.load().limit).toBe(false);
        }
        expect(served).toEqual([...served].sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});

function roundTrip(limit: AdaptiveLimit, outcome: 'success' | 'overload'): void {
  const permits = take(limit, limit.load().limit);
  for (const permit of permits) permit.release(outcome);
}

/** Answers one call after the other, each time taking all the places that are free. */
function keepFull(limit: AdaptiveLimit, permits: Permit[], successes: number): void {
  for (let success = 0; success < successes; success += 1) {
    permits.shift()!.release('success');
    permits.push(...take(limit, limit.load().limit - limit.load().inFlight));
  }
}

function take(limit: AdaptiveLimit, count: number): Permit[] {
  return Array.from({ length: count }, () => limit.acquire(open) as Permit);
}
