import { AckPolicy, DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Event } from '../../../gen/attune/event/v1/event.ts';
import { continueTrace } from '../../tracing.ts';
import { AttuneError } from '../../errors.ts';
import { logDeadLetter } from '../log-dead-letter.ts';
import type { Bus, DeadLetter, EventHandler, SubscribeOptions, Subscription } from '../contract.ts';
import { checkCount, checkEvent, checkFacts } from '../checks.ts';
import type { Nats } from './connect.ts';
import { bury } from './dead-letters.ts';
import { brokerError, classify } from './errors.ts';
import { holdMessage } from './hold-message.ts';
import { answers } from './lost.ts';
import { consumerName, runToken } from './names.ts';
import { payloadOf, publishStored, retry } from './publish.ts';
import { EVENTS } from './streams.ts';

/**
 * The facts of one run over JetStream. A published fact is stored by the server when `publish` returns; no publisher waits for a handler, and a queue is as long as
 * the stream may grow. A subscription lasts on the server under its name: what is published while nobody handles it waits. An `ack` subscription gets an event again
 * and again until it succeeds; a `queue` subscription gives it up after the last wait, with a letter in the stream of what was given up.
 */
export function createRunBus(nats: Nats, { runId, backoffMs = [100, 500, 2_000], ...options }: RunBusOptions): Bus {
  const prefix = `attune.events.${runToken(runId)}`;
  const { log } = nats;
  const onDeadLetter = options.onDeadLetter ?? ((letter: DeadLetter) => logDeadLetter(log, letter));
  const subscriptions = new Map<string, Running>();
  let state: 'open' | 'draining' | 'closed' = 'open';
  let closing: Promise<void> | undefined;
  let publishing = 0;

  const bus: Bus = {
    async publish(event) {
      const fact = checkEvent(event);
      if (state === 'closed') throw new AttuneError('failed_precondition', `The bus is closed; the fact ${fact} was not published.`);
      if (event.runId !== runId) throw new AttuneError('invalid_argument', `An event of run ${runId} should carry its id, found ${JSON.stringify(event.runId)}.`);
      publishing += 1;
      try {
        // A subscription made before this call must see the event, and it exists once the server has it.
        for (const { ready } of subscriptions.values()) await ready;
        await publishStored(nats, `${prefix}.f.${fact}`, Event.encode(event).finish(), { msgId: event.eventId });
      } finally {
        publishing -= 1;
      }
    },

    subscribe(subscribeOptions, handler) {
      const { name } = subscribeOptions;
      if (state !== 'open') throw new AttuneError('failed_precondition', `The bus is closed; ${name} cannot subscribe.`);
      if (subscriptions.has(name)) throw new AttuneError('already_exists', `The bus has a subscription named ${name} already; choose another name.`);
      checkFacts(subscribeOptions);
      const running = startSubscription(nats, subscribeOptions, handler, { prefix, runId, backoffMs, onDeadLetter, leaseMs: options.leaseMs ?? 30_000 });
      subscriptions.set(name, running);
      return {
        name,
        async close({ drain = true } = {}) {
          await running.close(drain);
          if (subscriptions.get(name) === running) subscriptions.delete(name);
        },
      } satisfies Subscription;
    },

    async idle(name) {
      const running = subscriptions.get(name);
      if (!running) throw new AttuneError('not_found', `The bus has no subscription named ${name}; it has ${[...subscriptions.keys()].join(', ') || 'none'}.`);
      while (!(await running.isIdle())) await new Promise((resolve) => setTimeout(resolve, IDLE_POLL_MS));
    },

    close({ drain = true } = {}) {
      if (!drain) {
        state = 'closed';
        closing = Promise.all([...subscriptions.values()].map((running) => running.close(false))).then(() => undefined);
      }
      closing ??= (async () => {
        state = 'draining';
        // A handler may publish to another subscription, which may publish again: look until a whole round finds nothing to do.
        for (let quiet = false; !quiet; ) {
          for (const name of subscriptions.keys()) await bus.idle(name);
          quiet = publishing === 0 && (await Promise.all([...subscriptions.values()].map((running) => running.isIdle()))).every(Boolean);
        }
        state = 'closed';
        await Promise.all([...subscriptions.values()].map((running) => running.close(true)));
      })();
      return closing;
    },
  };
  return bus;
}

const IDLE_POLL_MS = 20;

function startSubscription(nats: Nats, options: SubscribeOptions, handler: EventHandler, deps: SubscriptionDeps): Running {
  const { name, mode, concurrency = 1, replay = false, origin } = options;
  const { prefix, runId, backoffMs, leaseMs } = deps;
  checkCount(name, 'concurrency', concurrency);
  const facts = new Set<string>(options.facts);
  const durable = consumerName('sub', runId, name);
  const aborter = new AbortController();
  const working = new Set<Promise<void>>();
  let messages: ConsumerMessages | undefined;
  let closed = false;

  const open = async () => {
    const config = {
      durable_name: durable,
      description: origin ?? '',
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(leaseMs),
      max_ack_pending: concurrency,
      max_deliver: -1,
      filter_subject: `${prefix}.>`,
      deliver_policy: replay ? DeliverPolicy.All : DeliverPolicy.New,
      // What handles every event for good is waited for; what only watches is forgotten when it stays away.
      ...(mode === 'queue' && { inactive_threshold: nanos(FORGET_MS) }),
    };
    const ask = <T>(request: () => Promise<T>) => retry(nats, `Subscribing ${name}`, performance.now() + nats.settings.deadlineMs, undefined, request);
    const found = await ask(() => nats.jsm.consumers.info(EVENTS, durable).catch((thrown: unknown) => (classify(thrown) === 'gone' ? null : Promise.reject(thrown as Error))));
    // A subscription that begins at another place, such as a recorder on another disk, begins anew.
    if (found && (found.config.description ?? '') !== (origin ?? '')) await ask(() => nats.jsm.consumers.delete(EVENTS, durable));
    await ask(() => nats.jsm.consumers.add(EVENTS, found?.config.description === (origin ?? '') ? { ...config, deliver_policy: found.config.deliver_policy } : config));
    const consumer = await nats.js.consumers.get(EVENTS, durable);
    if (closed) return;
    messages = await consumer.consume({ max_messages: Math.max(2, Math.min(concurrency, 500)), expires: 5_000, idle_heartbeat: 1_000, callback: (message) => take(message) });
  };
  const ready = open().catch((thrown: unknown) => {
    throw brokerError(`The subscription ${name} could not be opened`, thrown);
  });
  ready.catch(() => undefined); // told to whoever publishes, asks or closes

  function take(message: JsMsg): void {
    if (closed) {
      message.nak();
      return;
    }
    const task = work(message).finally(() => working.delete(task));
    working.add(task);
  }

  async function work(message: JsMsg): Promise<void> {
    const attempt = message.info.deliveryCount;
    const held = holdMessage(nats, message, leaseMs);
    try {
      const event = Event.decode(await payloadOf(nats, message));
      if (event.fact !== undefined && facts.has(event.fact.$case)) await continueTrace(event.traceparent, () => handler(event, { signal: AbortSignal.any([aborter.signal, held.signal]), attempt }));
      message.ack();
    } catch (thrown) {
      if (aborter.signal.aborted) message.nak();
      else await fail(message, attempt, thrown);
    } finally {
      held.end();
    }
  }

  async function fail(message: JsMsg, attempt: number, thrown: unknown): Promise<void> {
    const error = AttuneError.from(thrown ?? new AttuneError('internal', `The handler of ${name} threw ${String(thrown)}.`));
    const wait = backoffMs[attempt - 1] ?? (mode === 'ack' ? Math.max(1_000, backoffMs.at(-1) ?? 0) : undefined);
    if (wait !== undefined) {
      if (mode === 'ack') nats.log.warn({ subscription: name, problem: error.message }, 'A fact could not be handled; it comes again.');
      message.nak(wait);
      return;
    }
    try {
      const event = Event.decode(await payloadOf(nats, message));
      await bury(nats, { runId, queue: consumerName(name), key: consumerName(event.eventId), reason: error.message, attempts: attempt });
      deps.onDeadLetter({ subscription: name, event, attempts: attempt, error: thrown });
    } catch (lost) {
      nats.log.error({ subscription: name, eventId: eventIdOf(message), err: lost }, 'The handler of dead letters failed.');
    }
    message.term();
  }

  return {
    ready,
    async isIdle() {
      await ready;
      if (closed) return working.size === 0;
      if (working.size > 0) return false;
      const { num_pending, num_ack_pending } = await retry(nats, `Asking for ${name}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.consumers.info(EVENTS, durable));
      return num_pending === 0 && num_ack_pending === 0;
    },
    async close(drain) {
      await ready.catch(() => undefined);
      closed = true;
      if (!drain) aborter.abort(new AttuneError('cancelled', `The subscription ${name} was closed before it handled the event.`));
      await messages?.close();
      await Promise.all(working);
      // Acknowledgements leave before anybody looks whether something is open.
      await answers(nats.nc);
    },
  };
}

/** How long a subscription that only watches is kept without a watcher, in milliseconds. */
const FORGET_MS = 600_000;

function eventIdOf(message: JsMsg): string {
  return message.headers?.get('Nats-Msg-Id') ?? '';
}

export interface RunBusOptions {
  runId: string;
  /** Waits before each redelivery in milliseconds; default 100, 500, 2,000. An `ack` subscription goes on with the last one, at least a second. */
  backoffMs?: readonly number[];
  /** Told of every event that a `queue` subscription gives up; default: an error in the log. */
  onDeadLetter?: (letter: DeadLetter) => void;
  /** How long a handler's process may be silent before its events go to another, in milliseconds; default 30,000. */
  leaseMs?: number;
}

interface SubscriptionDeps {
  prefix: string;
  runId: string;
  backoffMs: readonly number[];
  leaseMs: number;
  onDeadLetter: (letter: DeadLetter) => void;
}

interface Running {
  /** Resolves when the server knows the subscription. */
  readonly ready: Promise<void>;
  isIdle(): Promise<boolean>;
  close(drain: boolean): Promise<void>;
}
