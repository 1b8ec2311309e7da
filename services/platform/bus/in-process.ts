import { Event } from '../../gen/attune/event/v1/event.ts';
import { AttuneError } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { checkEvent, checkFacts } from './checks.ts';
import { logDeadLetter } from './log-dead-letter.ts';
import type { Bus, DeadLetter, EventHandler, FactName, SubscribeOptions } from './contract.ts';
import { createSubscriptionQueue, type SubscriptionQueue } from './subscription-queue.ts';

/**
 * The bus of a single process. Events pass through their wire form, so subscribers share no object and see what a broker would bring
 * them. Nothing lasts beyond the process: what must last is stored by an `ack` subscription.
 */
export function createInProcessBus(options: InProcessBusOptions = {}): Bus {
  const { backoffMs = [100, 500, 2_000], rememberedIds = 100_000 } = options;
  const log = options.log ?? createLogger({ name: 'bus' });
  const onDeadLetter = options.onDeadLetter ?? ((letter: DeadLetter) => logDeadLetter(log, letter));
  const queues = new Map<string, SubscriptionQueue>();
  const known = new Map<string, Publication>();
  let state: 'open' | 'draining' | 'closed' = 'open';
  let closing: Promise<void> | undefined;

  /** `takenBy` survives a failure, so that publishing again skips the subscriptions that have the event already. */
  async function deliver(event: Event, fact: FactName, publication: Publication): Promise<void> {
    const bytes = Event.encode(event).finish();
    const takers = [...queues.values()].filter((queue) => queue.facts.has(fact) && !queue.isClosed() && !publication.takenBy.has(queue.name));
    const deliverTo = async (queue: SubscriptionQueue): Promise<void> => {
      await queue.take(bytes);
      publication.takenBy.add(queue.name);
    };
    for (const mode of ['ack', 'queue'] as const) {
      const outcomes = await Promise.allSettled(takers.filter((queue) => queue.mode === mode).map(deliverTo));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw AttuneError.from(failed.reason);
    }
  }

  function forgetOldest(): void {
    for (const [id, publication] of known) {
      if (known.size <= rememberedIds) return;
      if (!publication.running) known.delete(id);
    }
  }

  const bus: Bus = {
    async publish(event) {
      const fact = checkEvent(event);
      if (state === 'closed') throw new AttuneError('failed_precondition', `The bus is closed; the fact ${fact} was not published.`);
      const publication = known.get(event.eventId) ?? { takenBy: new Set(), running: undefined, done: false };
      if (publication.done) return;
      if (publication.running) return publication.running;
      known.set(event.eventId, publication);
      publication.running = deliver(event, fact, publication);
      try {
        await publication.running;
        publication.done = true;
        publication.takenBy.clear();
      } finally {
        publication.running = undefined;
        forgetOldest();
      }
    },

    subscribe(subscribeOptions: SubscribeOptions, handler: EventHandler) {
      const { name } = subscribeOptions;
      if (state !== 'open') throw new AttuneError('failed_precondition', `The bus is closed; ${name} cannot subscribe.`);
      if (queues.has(name)) throw new AttuneError('already_exists', `The bus has a subscription named ${name} already; choose another name.`);
      checkFacts(subscribeOptions);
      const queue = createSubscriptionQueue(subscribeOptions, handler, { backoffMs, onDeadLetter, log });
      queues.set(name, queue);
      return {
        name,
        async close({ drain = true } = {}) {
          await queue.close(drain);
          if (queues.get(name) === queue) queues.delete(name);
        },
      };
    },

    async idle(name) {
      const queue = queues.get(name);
      if (!queue) throw new AttuneError('not_found', `The bus has no subscription named ${name}; it has ${[...queues.keys()].join(', ') || 'none'}.`);
      await queue.idle();
    },

    close({ drain = true } = {}) {
      if (!drain) {
        state = 'closed';
        closing = Promise.all([...queues.values()].map((queue) => queue.close(false))).then(() => undefined);
      }
      closing ??= (async () => {
        state = 'draining';
        // A handler may publish to another subscription, which may publish again: look until a whole round finds nothing to do. A publisher
        // between two subscriptions has only promise steps left, which are over by the next turn of the event loop.
        while ([...queues.values()].some((queue) => !queue.isIdle())) {
          await Promise.all([...queues.values()].map((queue) => queue.idle()));
          await new Promise((resolve) => setImmediate(resolve));
        }
        state = 'closed';
        await Promise.all([...queues.values()].map((queue) => queue.close(true)));
      })();
      return closing;
    },
  };
  return bus;
}

export interface InProcessBusOptions {
  /** Waits before each redelivery in milliseconds; as many redeliveries as waits. Default 100, 500, 2,000. */
  readonly backoffMs?: readonly number[];
  /** Told of every event that a `queue` subscription gives up; default: an error in the log. */
  readonly onDeadLetter?: (letter: DeadLetter) => void;
  /** How many event ids are remembered to drop second copies; default 100,000, the oldest forgotten first. */
  readonly rememberedIds?: number;
  readonly log?: Logger;
}

interface Publication {
  readonly takenBy: Set<string>;
  running: Promise<void> | undefined;
  done: boolean;
}
