import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { processPlace, processStart } from '../../process-place.ts';
import { brokerError, classify } from './errors.ts';

/**
 * Takes a named lease for this process, such as the right to record a run, and keeps it up. A holder renews it three times a lease and stops by its own clock when
 * it cannot; others take it over only after they have seen no renewal for a lease and a half by theirs. So at most one process believes that it holds it, as long
 * as clocks run equally fast. Gives the holder when somebody else has it and `wait` is not set.
 */
export async function takeLease(nats: Nats, key: string, options: LeaseOptions): Promise<Lease | LeaseHolder> {
  const { leaseMs, signal } = options;
  const mine: LeaseHolder = { id: crypto.randomUUID(), pid: process.pid, host: hostname(), place: processPlace(), started: processStart(process.pid), leaseMs, released: false };
  let seen = null as { revision: number; at: number } | null;
  for (;;) {
    signal.throwIfAborted();
    const found = await quietly(() => nats.kv.get(key));
    if (found !== undefined) {
      const holder = found === null || found.operation !== 'PUT' ? null : found.json<LeaseHolder>();
      if (holder?.id === mine.id) return keepLease(nats, key, mine, found!.revision, options);
      const isFree = holder === null || holder.released;
      if (isFree || (seen?.revision === found!.revision && performance.now() - seen.at > 1.5 * holder.leaseMs)) {
        const sentAt = performance.now();
        const revision = await quietly(() => (found === null || found.operation !== 'PUT' ? nats.kv.create(key, JSON.stringify(mine)) : nats.kv.update(key, JSON.stringify(mine), found.revision)));
        if (revision !== undefined) return keepLease(nats, key, mine, revision, options, sentAt);
        continue;
      }
      if (seen?.revision !== found!.revision) {
        // A holder of our own machine that is gone need not be waited for.
        if (isGone(holder)) seen = { revision: found!.revision, at: Number.NEGATIVE_INFINITY };
        else if (seen !== null && options.wait !== true) return holder;
        else seen = { revision: found!.revision, at: performance.now() };
        continue;
      }
    }
    await sleep(Math.min(500, leaseMs / 6), undefined, { signal }).catch(() => undefined);
  }

  /** Undefined for what may go better the next time. */
  async function quietly<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      const trouble = classify(thrown);
      if (trouble !== 'passing' && trouble !== 'overtaken' && trouble !== 'full') throw brokerError(`Asking for the lease ${key}`, thrown);
      return undefined;
    }
  }
}

function keepLease(nats: Nats, key: string, mine: LeaseHolder, first: number, { leaseMs }: LeaseOptions, since = performance.now()): Lease {
  const lost = new AbortController();
  let revision = first;
  let heldUntil = since + leaseMs;
  let turn = Promise.resolve();
  let over = false;

  const isHeld = () => {
    if (!over && !lost.signal.aborted && performance.now() >= heldUntil) lose('the NATS server could not be told in time');
    return !over && !lost.signal.aborted;
  };
  const lose = (why: string) => lost.abort(new AttuneError('cancelled', `The lease ${key} was lost: ${why}.`));
  const renew = async () => {
    const sentAt = performance.now();
    try {
      revision = await nats.kv.update(key, JSON.stringify(mine), revision, leaseMs / 3);
      heldUntil = sentAt + leaseMs;
    } catch (thrown) {
      if (classify(thrown) !== 'overtaken') return;
      // An earlier renewal whose answer got lost looks like somebody else's.
      const found = await nats.kv.get(key).catch(() => null);
      if (found?.operation === 'PUT' && found.json<LeaseHolder>().id === mine.id) revision = found.revision;
      else if (found) lose('another process has it');
    }
  };
  const timer = setInterval(() => {
    if (isHeld()) turn = turn.then(renew);
    else clearInterval(timer);
  }, leaseMs / 3);

  return {
    signal: lost.signal,
    isHeld,
    async release() {
      if (over) return;
      clearInterval(timer);
      await turn;
      const wasHeld = isHeld();
      over = true;
      if (wasHeld) await nats.kv.update(key, JSON.stringify({ ...mine, released: true } satisfies LeaseHolder), revision).catch(() => undefined);
    },
  };
}

/** Known for certain only of processes that this one can see. */
function isGone({ place, pid, started }: LeaseHolder): boolean {
  return place !== '' && started !== '' && place === processPlace() && processStart(pid) !== started;
}

/** Whether somebody keeps a lease up, by the clocks of this machine and the server; a holder of our own machine that is gone does not. */
export async function isKept(nats: Nats, key: string): Promise<boolean> {
  const found = await nats.kv.get(key).catch((thrown: unknown) => {
    throw brokerError(`Reading ${key}`, thrown);
  });
  if (!found || found.operation !== 'PUT') return false;
  const holder = found.json<LeaseHolder>();
  return !holder.released && !isGone(holder) && Date.now() - found.created.getTime() < 1.5 * holder.leaseMs;
}

export function isLease(found: Lease | LeaseHolder): found is Lease {
  return 'isHeld' in found;
}

export interface LeaseOptions {
  leaseMs: number;
  /** Gives up waiting. */
  signal: AbortSignal;
  /** Wait until it is free; otherwise a holder that is seen to be alive is given back. */
  wait?: boolean;
}

export interface LeaseHolder {
  id: string;
  pid: number;
  host: string;
  /** Where its process id means something, and when the process started there. */
  place: string;
  started: string;
  leaseMs: number;
  /** Given back; free at once. */
  released: boolean;
}

export interface Lease {
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
  /** By this machine's clock; ask right before doing what only the holder may do. */
  isHeld(): boolean;
  /** Gives it back, so that nobody has to wait. */
  release(): Promise<void>;
}
