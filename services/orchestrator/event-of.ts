import { randomUUID } from 'node:crypto';
import { Event } from '../gen/attune/event/v1/event.ts';
import { uuidV5 } from '../platform/ids.ts';
import { currentTraceparent } from '../platform/tracing.ts';

/**
 * Makes an event of a run. A fact that can be told twice, such as the end of a session, has an identity: equal ones get equal ids, so that
 * the second copy is dropped. Without an identity the event is one of its own.
 */
export function eventOf(runId: string, fact: Event['fact'], identity?: string): Event {
  const eventId = identity === undefined ? randomUUID() : uuidV5(EVENT_NAMESPACE, `${runId}\0${identity}`);
  return Event.fromPartial({ eventId, runId, timeMs: Date.now(), fact, traceparent: currentTraceparent() });
}

const EVENT_NAMESPACE = '2f0c5a0e-6a3b-5f0b-8a55-6d1a0b7a9c01';
