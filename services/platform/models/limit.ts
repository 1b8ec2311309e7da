import { AttuneError } from '../errors.ts';
import { Lanes, type Lane } from './lanes.ts';
import type { Waiter } from './line.ts';
import { createPaceWatch, type PaceSample } from './pace.ts';

/**
 * A limit on calls in flight that finds what an endpoint takes (additive increase, multiplicative decrease, as TCP does it):
 * until the first overload every success adds one place, so the limit doubles each round trip; after it, one place is added per `limit`
 * successes. An overload (429, 503) takes the limit to 0.7 of itself, but only once for all calls that started before the last cut, because
 * those tell about the same moment. Answers that have become much slower (see pace.ts) take it to 0.9 of the calls in flight in the same
 * way, but not below eight. Only calls that found the limit at least half used make it grow: an idle endpoint has proved nothing. Never
 * below 1 nor above `max`. Who must wait is served as lanes.ts says. A free place is given without waiting a tick.
 */
export function createAdaptiveLimit({ max, initial, maxQueue, name, now = () => performance.now() }: AdaptiveLimitConfig): AdaptiveLimit {
  let limit = Math.min(initial, max);
  let inFlight = 0;
  let cuts = 0;
  const lanes = new Lanes();
  const pace = createPaceWatch();

  function take(): Permit {
    inFlight += 1;
    const takenAfter = cuts;
    const felt = inFlight * 2 >= limit;
    let given = false;
    return {
      release(outcome, sample) {
        if (given) return;
        given = true;
        inFlight -= 1;
        const isSlow = sample !== undefined && pace.isSlow(sample);
        if (outcome === 'overload' && takenAfter === cuts) cut(limit * DECREASE);
        else if (isSlow && takenAfter === cuts) cut(Math.max(Math.min(limit, LEAST_WHEN_SLOW), Math.min(limit, inFlight + 1) * DECREASE_WHEN_SLOW));
        else if (outcome === 'success' && felt && !isSlow) grow();
        serve();
      },
    };
  }

  function grow(): void {
    if (limit < max) limit = Math.min(max, cuts === 0 ? limit + 1 : limit + 1 / limit);
  }

  function cut(to: number): void {
    limit = Math.max(1, to);
    cuts += 1;
    pace.startOver();
  }

  function serve(): void {
    while (inFlight < Math.floor(limit)) {
      const waiter = lanes.next(now());
      if (!waiter) return;
      waiter.serve();
    }
  }

  function line(signal: AbortSignal, lane: Lane): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        before: undefined,
        after: undefined,
        since: now(),
        serve() {
          signal.removeEventListener('abort', leave);
          resolve(take());
        },
      };
      function leave(): void {
        lanes.remove(waiter, lane);
        reject(signal.reason as Error);
      }
      lanes.add(waiter, lane);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    acquire(signal, lane = 'normal') {
      if (signal.aborted) throw signal.reason;
      if (lanes.waiting === 0 && inFlight < Math.floor(limit)) return take();
      if (lanes.waiting >= maxQueue) {
        throw new AttuneError('resource_exhausted', `Expected at most ${maxQueue} calls to wait for ${name}, found one more; run fewer sessions at once or raise the endpoint's maxQueue.`);
      }
      return line(signal, lane);
    },
    load: () => ({ inFlight, waiting: lanes.waiting, limit: Math.floor(limit) }),
  };
}

const DECREASE = 0.7;
const DECREASE_WHEN_SLOW = 0.9;
const LEAST_WHEN_SLOW = 8;

export interface AdaptiveLimitConfig {
  /** Most calls in flight, at least 1. */
  max: number;
  /** Calls in flight before anything is known, 1 to max. */
  initial: number;
  /** Most calls that wait. */
  maxQueue: number;
  /** What is limited, for the error. */
  name: string;
  /** The clock, in milliseconds; this machine's unless told. */
  now?: () => number;
}

export interface AdaptiveLimit {
  /** A place now, or the promise of one; throws or rejects with the signal's reason, and `resource_exhausted` when the line is full. */
  acquire(signal: AbortSignal, lane?: Lane): Permit | Promise<Permit>;
  load(): { inFlight: number; waiting: number; limit: number };
}

export interface Permit {
  /** Gives the place back; only the first call counts. The sample tells how long an answer took. */
  release(outcome: 'success' | 'overload' | 'other', sample?: PaceSample): void;
}
