import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { bury } from './dead-letters.ts';
import { brokerError, classify } from './errors.ts';
import { holdMessage, type HeldMessage } from './hold-message.ts';
import { consumerName, runToken } from './names.ts';
import { payloadOf, publishStored, retry } from './publish.ts';
import { JUDGING, WORK } from './streams.ts';

/**
 * The work of one run that any number of processes share: each item is handed to one of them, which holds it by telling the server that it is alive. When it falls
 * silent for the lease, the item goes to another; when it is done, the item is gone. An item is known by its key and waits at most once.
 */
export function openWorkQueue(nats: Nats, kind: QueueKind, { runId, leaseMs }: QueueOptions): WorkQueue {
  const { stream, subject } = KINDS[kind];
  const prefix = `${subject}.${runToken(runId)}`;
  const durable = consumerName(kind, runId);
  const until = () => performance.now() + nats.settings.deadlineMs;

  const open = async (): Promise<Consumer> => {
    const config = {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(leaseMs),
      deliver_policy: DeliverPolicy.All,
      filter_subject: `${prefix}.>`,
      max_ack_pending: MOST_HELD,
      max_waiting: MOST_WAITING,
      max_deliver: -1,
    };
    await retry(nats, `Opening the queue ${prefix}`, until(), undefined, () => nats.jsm.consumers.add(stream, config));
    return nats.js.consumers.get(stream, durable);
  };

  async function countOf(): Promise<QueueCounts> {
    try {
      const { num_pending, num_ack_pending } = await nats.jsm.consumers.info(stream, durable);
      return { waiting: num_pending, held: num_ack_pending };
    } catch (thrown) {
      if (classify(thrown) !== 'gone') throw brokerError(`Asking for the queue ${prefix}`, thrown);
      return { waiting: 0, held: 0 };
    }
  }

  return {
    async put(key, bytes) {
      // The key stands in the subject; the id is new for every try to put it, since the same work may have to be done again after it was done.
      const sent = await publishStored(nats, `${prefix}.${key}`, bytes, { msgId: `${prefix}.${key}.${crypto.randomUUID()}` });
      return sent.stored;
    },

    async take(options, handle) {
      const consumer = await open();
      return startTaking(nats, consumer, { ...options, leaseMs, prefix, runId, kind }, handle);
    },

    counts: countOf,

    async purge() {
      await retry(nats, `Emptying the queue ${prefix}`, until(), undefined, () => nats.jsm.streams.purge(stream, { filter: `${prefix}.>` }));
    },

    async remove() {
      await this.purge();
      await nats.jsm.consumers.delete(stream, durable).catch((thrown: unknown) => {
        if (classify(thrown) !== 'gone') throw brokerError(`Removing the queue ${prefix}`, thrown);
      });
    },
  };
}

const KINDS = { work: { stream: WORK, subject: 'attune.work' }, judging: { stream: JUDGING, subject: 'attune.judging' } };
/** Items held at once over all processes. */
const MOST_HELD = 100_000;
/** Pulls that may wait on the server at once, which is about the number of processes. */
const MOST_WAITING = 4_096;
/** How long one pull waits for an item, in milliseconds. */
const PULL_MS = 2_000;

function startTaking(nats: Nats, consumer: Consumer, options: TakeOptions & QueueOptions & { prefix: string; kind: QueueKind }, handle: WorkHandler): Taking {
  const { concurrency, spare = () => 0, leaseMs, prefix } = options;
  const stopping = new AbortController();
  const giving = new AbortController();
  const running = new Set<Promise<void>>();
  let wake: () => void = () => {};
  let closePull: () => void = () => {};
  let givingWayUntil = 0;

  const freePlaces = () => {
    const places = typeof concurrency === 'number' ? concurrency : concurrency();
    return places + (performance.now() < givingWayUntil ? 0 : spare()) - running.size;
  };

  async function work(held: HeldMessage, message: JsMsg): Promise<void> {
    const key = message.subject.slice(prefix.length + 1);
    let outcome: WorkOutcome;
    try {
      const bytes = await payloadOf(nats, message);
      outcome = await handle({ key, bytes, attempt: message.info.deliveryCount, signal: AbortSignal.any([held.signal, giving.signal]), isHeld: held.isHeld });
    } catch (thrown) {
      const error = AttuneError.from(thrown);
      nats.log.debug({ key, err: thrown }, 'An item of work was not done.');
      if (error.code === 'permission_denied') giveUp(error);
      outcome = giving.signal.aborted || held.signal.aborted ? { again: true, afterMs: 0 } : { again: true, afterMs: waitOf(message.info.deliveryCount), reason: error.message };
    }
    // A lease that has run out belongs to somebody else, and so does the message.
    if (held.isHeld()) await settle(message, key, outcome);
    held.end();
  }

  /** What this process may not do it will not be allowed to do at the next try either; others may be. */
  function giveUp({ message }: AttuneError): void {
    nats.log.error({ prefix, problem: message }, 'This process may not do this work and takes no more of it.');
    stopping.abort();
    wake();
  }

  async function settle(message: JsMsg, key: string, outcome: WorkOutcome): Promise<void> {
    if ('again' in outcome) return message.nak(outcome.afterMs);
    if ('dead' in outcome) await bury(nats, { runId: options.runId, queue: options.kind, key, reason: outcome.dead, attempts: message.info.deliveryCount });
    // An item that is given up is done, too: it must never come again.
    await message.ackAck({ timeout: leaseMs }).catch((thrown: unknown) => nats.log.debug({ key, err: thrown }, 'An acknowledgement got lost; the item comes again.'));
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const free = freePlaces();
      if (free <= 0 || options.isOpen?.() === false) {
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(PULL_MS / 4, undefined, { ref: false })]);
        continue;
      }
      try {
        const messages = await consumer.fetch({ max_messages: free, expires: PULL_MS });
        const stop = () => void messages.close();
        closePull = stop;
        stopping.signal.addEventListener('abort', stop, { once: true });
        for await (const message of messages) {
          if (stopping.signal.aborted || options.isOpen?.() === false) {
            message.nak(stopping.signal.aborted ? 0 : 500);
            continue;
          }
          const task = work(holdMessage(nats, message, leaseMs), message).finally(() => {
            running.delete(task);
            wake();
          });
          running.add(task);
        }
        stopping.signal.removeEventListener('abort', stop);
      } catch (thrown) {
        if (stopping.signal.aborted) break;
        const trouble = classify(thrown);
        if (trouble === 'closed' || trouble === 'gone') break;
        if (trouble === 'forbidden') {
          giveUp(brokerError(`Taking work from ${prefix}`, thrown));
          break;
        }
        nats.log.debug({ prefix, err: thrown }, 'Pulling work failed; trying again.');
        await sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  })();

  return {
    running: () => running.size,
    async giveWay() {
      givingWayUntil = performance.now() + PULL_MS;
      closePull();
      // The server hands nothing to a pull once it has heard that nobody listens there.
      await nats.nc.flush().catch(() => undefined);
    },
    async stop({ finish = false } = {}) {
      stopping.abort();
      if (!finish) giving.abort(new AttuneError('cancelled', 'This process stops taking work.'));
      wake();
      await loop;
      await Promise.all(running);
    },
  };
}

/** Waits before an item that failed is handed out again: 1, 2, 4 … at most 30 seconds. */
function waitOf(attempt: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(attempt - 1, 10));
}

export type QueueKind = keyof typeof KINDS;

export interface QueueOptions {
  runId: string;
  /** How long a silent holder keeps an item, in milliseconds. */
  leaseMs: number;
}

export interface QueueCounts {
  /** Items that nobody holds. */
  waiting: number;
  held: number;
}

export interface WorkQueue {
  /** Adds an item unless one with this key waits or is being done; says whether it was added. The key's parts are joined by dots. */
  put(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Starts handling items, so many at once. Handlers that throw get the item again after a while, here or elsewhere. */
  take(options: TakeOptions, handle: WorkHandler): Promise<Taking>;
  counts(): Promise<QueueCounts>;
  /** Drops everything, also what is held; holders find their work not wanted when they are done. */
  purge(): Promise<void>;
  /** Drops everything and the queue itself. */
  remove(): Promise<void>;
}

export interface TakeOptions {
  /** Items in work at once; a function is asked anew before each pull. */
  concurrency: number | (() => number);
  /** Items held beyond that, for a handler that chooses among them; none unless told. */
  spare?: () => number;
  /** Asked before each pull; false takes nothing new. */
  isOpen?: () => boolean;
}

export interface WorkItem {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** From 1; more than 1 says that somebody had it before. */
  readonly attempt: number;
  /** Aborts when the item is no longer ours, or is wanted back. */
  readonly signal: AbortSignal;
  /** Whether the lease still holds by this machine's clock, also right after the process was frozen. */
  isHeld(): boolean;
}

/** done: never again. again: after so many milliseconds, here or elsewhere. dead: given up, for this reason. */
export type WorkOutcome = { done: true } | { again: true; afterMs: number; reason?: string } | { dead: string };
export type WorkHandler = (item: WorkItem) => Promise<WorkOutcome>;

export interface Taking {
  /** Items held. */
  running(): number;
  /** For a moment takes nothing beyond `concurrency`, so that what is given back once this resolves goes to somebody else. */
  giveWay(): Promise<void>;
  /** Takes nothing more. Items in work are given back, unless `finish` says to end them first. */
  stop(options?: { finish?: boolean }): Promise<void>;
}
