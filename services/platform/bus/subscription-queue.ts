import { setTimeout as sleep } from 'node:timers/promises';
import { Event } from '../../gen/attune/event/v1/event.ts';
import { AttuneError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { continueTrace } from '../tracing.ts';
import { checkCount } from './checks.ts';
import type { DeadLetter, EventHandler, FactName, SubscribeOptions } from './contract.ts';

/** The bounded queue of one subscription and the workers that empty it. */
export function createSubscriptionQueue(options: SubscribeOptions, handler: EventHandler, deps: QueueDeps): SubscriptionQueue {
  const { name, mode, concurrency = 1, maxQueued = 10_000 } = options;
  checkCount(name, 'concurrency', concurrency);
  checkCount(name, 'maxQueued', maxQueued);
  const aborter = new AbortController();
  let queued: Job[] = [];
  /** Publishers that wait for room, first come first served; they hold their job themselves. */
  let waiting: { job: Job; enter: () => void; fail: (error: AttuneError) => void }[] = [];
  let idlers: (() => void)[] = [];
  let working = 0;
  let closed = false;

  function pump(): void {
    while (working < concurrency && queued.length > 0) {
      const job = queued.shift()!;
      const next = waiting.shift();
      if (next) {
        queued.push(next.job);
        next.enter();
      }
      working += 1;
      void work(job);
    }
    if (isIdle()) {
      const woken = idlers;
      idlers = [];
      for (const wake of woken) wake();
    }
  }

  /** Never rejects: the outcome goes to the publisher (`ack`) or to the dead letters (`queue`). */
  async function work(job: Job): Promise<void> {
    const { attempts, error } = await handle(job.bytes);
    if (error === undefined) job.done();
    else if (mode === 'ack' || aborter.signal.aborted) job.fail(AttuneError.from(error));
    else report({ subscription: name, event: Event.decode(job.bytes), attempts, error });
    working -= 1;
    pump();
  }

  async function handle(bytes: Uint8Array): Promise<{ attempts: number; error?: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (aborter.signal.aborted) throw cancelled(name);
        const event = Event.decode(bytes);
        await continueTrace(event.traceparent, () => handler(event, { signal: aborter.signal, attempt }));
        return { attempts: attempt };
      } catch (thrown) {
        const error = thrown ?? new AttuneError('internal', `The handler of ${name} threw ${String(thrown)}.`);
        const backoff = deps.backoffMs[attempt - 1];
        if (backoff === undefined || aborter.signal.aborted) return { attempts: attempt, error };
        await sleep(backoff, undefined, { signal: aborter.signal }).catch(() => undefined);
      }
    }
  }

  function report(letter: DeadLetter): void {
    try {
      deps.onDeadLetter(letter);
    } catch (thrown) {
      deps.log.error({ subscription: name, eventId: letter.event.eventId, err: thrown }, 'The handler of dead letters failed.');
    }
  }

  function isIdle(): boolean {
    return working === 0 && queued.length === 0 && waiting.length === 0;
  }

  const queue: SubscriptionQueue = {
    name,
    mode,
    facts: new Set(options.facts),
    isIdle,
    isClosed: () => closed,
    take(bytes) {
      if (closed) return Promise.reject(cancelled(name));
      return new Promise((resolve, reject) => {
        const whenDone = mode === 'ack';
        const job: Job = { bytes, done: whenDone ? resolve : ignore, fail: whenDone ? reject : ignore };
        const enter = whenDone ? ignore : resolve;
        if (queued.length < maxQueued) {
          queued.push(job);
          enter();
          pump();
        } else {
          waiting.push({ job, enter, fail: reject });
        }
      });
    },
    idle() {
      return isIdle() ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
    },
    async close(drain) {
      closed = true;
      if (!drain) {
        aborter.abort(cancelled(name));
        const dropped = [...queued, ...waiting];
        queued = [];
        waiting = [];
        for (const { fail } of dropped) fail(cancelled(name));
        pump();
      }
      await queue.idle();
    },
  };
  return queue;
}

function cancelled(name: string): AttuneError {
  return new AttuneError('cancelled', `The subscription ${name} was closed before it handled the event.`);
}

function ignore(): void {}

export interface SubscriptionQueue {
  readonly name: string;
  readonly mode: 'ack' | 'queue';
  readonly facts: ReadonlySet<FactName>;
  isIdle(): boolean;
  /** Whether it takes no more events; it may still be handling some. */
  isClosed(): boolean;
  /** Resolves when the event is handled (`ack`) or queued (`queue`). */
  take(bytes: Uint8Array): Promise<void>;
  idle(): Promise<void>;
  close(drain: boolean): Promise<void>;
}

interface QueueDeps {
  readonly backoffMs: readonly number[];
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly log: Logger;
}

interface Job {
  readonly bytes: Uint8Array;
  readonly done: () => void;
  readonly fail: (error: AttuneError) => void;
}
