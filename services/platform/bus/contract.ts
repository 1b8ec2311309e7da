import type { Event } from '../../gen/attune/event/v1/event.ts';

/**
 * Bus carries facts: past-tense events that nobody answers. Producers and consumers see this interface only; in one process it is
 * `createInProcessBus`, between processes a message broker can stand behind it.
 *
 * Delivery is at least once. An event id that was taken before is dropped, and a consumer still keys what it stores, because the memory of
 * ids is bounded.
 */
export interface Bus {
  /**
   * In one process: resolves when every subscription to this fact has taken the event: `ack` subscriptions have finished handling it, then `queue`
   * subscriptions have queued it. Over a broker: resolves when the broker has stored the event, from where every subscription gets it. Rejects with the handler's error when an `ack` subscription failed for good; the event then counts as not
   * published, no `queue` subscription has seen it, and the same id may be published again. Waits while a queue is full.
   *
   * Rejects with `invalid_argument` for an event without id or fact and with `failed_precondition` after close.
   */
  publish(event: Event): Promise<void>;
  /**
   * Starts a subscription; it sees what is published from now on. Every subscription gets its own copy of each event. Throws
   * `already_exists` for a name in use and `invalid_argument` for an unknown fact.
   */
  subscribe(options: SubscribeOptions, handler: EventHandler): Subscription;
  /** Resolves when the subscription has nothing queued, nothing in work and no publisher waiting for room. Throws `not_found`. */
  idle(name: string): Promise<void>;
  /**
   * Ends the bus. By default everything queued is handled first, and handlers may publish until then (a judge does). With `drain: false`
   * handlers see an aborted signal, what is queued is dropped and waiting publishers are rejected with `cancelled`.
   */
  close(options?: { drain?: boolean }): Promise<void>;
}

/** Handles one event; throwing asks for another delivery. */
export type EventHandler = (event: Event, delivery: Delivery) => Promise<void>;

export type FactName = NonNullable<Event['fact']>['$case'];

export interface SubscribeOptions {
  /** Durable name: the same name is the same subscription after a restart, where the bus outlives the process. */
  readonly name: string;
  /** Facts to receive, at least one. */
  readonly facts: readonly FactName[];
  /**
   * `ack`: a publisher waits for the handler, so that a published fact is a stored fact (the recorder). Such a handler must not publish a
   * fact that it subscribes to, or it waits for itself. `queue`: a publisher waits for room only (the judges).
   */
  readonly mode: 'ack' | 'queue';
  /** Events in work at once; with 1, the default, they are handled in the order of publishing. */
  readonly concurrency?: number;
  /** Events that may wait before publishers do; default 10,000. A broker has limits of its own. */
  readonly maxQueued?: number;
  /** Begin with the oldest fact that the bus still has, where it keeps facts; otherwise with the next one. */
  readonly replay?: boolean;
  /** Where the subscriber keeps what it handled, where the bus outlives the process: a subscription that comes back from another place begins anew. */
  readonly origin?: string;
}

export interface Delivery {
  /** Aborts when the bus or the subscription closes without draining. */
  readonly signal: AbortSignal;
  /** From 1; more than 1 is a redelivery. */
  readonly attempt: number;
}

export interface Subscription {
  readonly name: string;
  /** Takes no more events, handles what is queued (unless `drain` is false), then frees the name. */
  close(options?: { drain?: boolean }): Promise<void>;
}

/** An event that a `queue` subscription failed to handle in every delivery. */
export interface DeadLetter {
  readonly subscription: string;
  readonly event: Event;
  readonly attempts: number;
  /** The last delivery's error. */
  readonly error: unknown;
}
