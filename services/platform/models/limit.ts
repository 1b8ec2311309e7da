import { AttuneError } from '../errors.ts';

/**
 * A limit on calls in flight that finds what an endpoint takes (additive increase, multiplicative decrease, as TCP does it):
 * until the first overload every success adds one place, so the limit doubles each round trip; after it, one place is added per `limit`
 * successes. An overload (429, 503) takes the limit to 0.7 of itself, but only once for all calls that started before the last cut, because
 * those tell about the same moment. Only calls that found the limit at least half used make it grow: an idle endpoint has proved nothing. Never below 1 nor above `max`. Who must wait is served first come, first served; leaving the line
 * costs no search. A free place is given without waiting a tick.
 */
export function createAdaptiveLimit({ max, initial, maxQueue, name }: AdaptiveLimitConfig): AdaptiveLimit {
  let limit = Math.min(initial, max);
  let inFlight = 0;
  let waiting = 0;
  let cuts = 0;
  let first: Waiter | undefined;
  let last: Waiter | undefined;

  function take(): Permit {
    inFlight += 1;
    const takenAfter = cuts;
    const felt = inFlight * 2 >= limit;
    let given = false;
    return {
      release(outcome) {
        if (given) return;
        given = true;
        inFlight -= 1;
        if (outcome === 'success' && felt) grow();
        if (outcome === 'overload' && takenAfter === cuts) cut();
        serve();
      },
    };
  }

  function grow(): void {
    if (limit < max) limit = Math.min(max, cuts === 0 ? limit + 1 : limit + 1 / limit);
  }

  function cut(): void {
    limit = Math.max(1, limit * DECREASE);
    cuts += 1;
  }

  function serve(): void {
    while (first && inFlight < Math.floor(limit)) {
      const waiter = first;
      unlink(waiter);
      waiter.serve();
    }
  }

  function unlink(waiter: Waiter): void {
    if (waiter.before) waiter.before.after = waiter.after;
    else first = waiter.after;
    if (waiter.after) waiter.after.before = waiter.before;
    else last = waiter.before;
    waiting -= 1;
  }

  function line(signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        before: last,
        after: undefined,
        serve() {
          signal.removeEventListener('abort', leave);
          resolve(take());
        },
      };
      function leave(): void {
        unlink(waiter);
        reject(signal.reason as Error);
      }
      if (last) last.after = waiter;
      else first = waiter;
      last = waiter;
      waiting += 1;
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    acquire(signal) {
      if (signal.aborted) throw signal.reason;
      if (!first && inFlight < Math.floor(limit)) return take();
      if (waiting >= maxQueue) {
        throw new AttuneError('resource_exhausted', `Expected at most ${maxQueue} calls to wait for ${name}, found one more; run fewer sessions at once or raise the endpoint's maxQueue.`);
      }
      return line(signal);
    },
    load: () => ({ inFlight, waiting, limit: Math.floor(limit) }),
  };
}

const DECREASE = 0.7;

export interface AdaptiveLimitConfig {
  /** Most calls in flight, at least 1. */
  max: number;
  /** Calls in flight before anything is known, 1 to max. */
  initial: number;
  /** Most calls that wait. */
  maxQueue: number;
  /** What is limited, for the error. */
  name: string;
}

export interface AdaptiveLimit {
  /** A place now, or the promise of one; throws or rejects with the signal's reason, and `resource_exhausted` when the line is full. */
  acquire(signal: AbortSignal): Permit | Promise<Permit>;
  load(): { inFlight: number; waiting: number; limit: number };
}

export interface Permit {
  /** Gives the place back; only the first call counts. */
  release(outcome: 'success' | 'overload' | 'other'): void;
}

interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  serve(): void;
}
