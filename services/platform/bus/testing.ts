import { Event } from '../../gen/attune/event/v1/event.ts';
import type { Bus, SubscribeOptions } from './contract.ts';

/** What tests of buses have in common: two subscriptions, facts for them, and a gate. */
export const NO_WAIT = [0, 0, 0];

export const recorder: SubscribeOptions = { name: 'recorder', facts: ['faultSeen', 'sessionJudged'], mode: 'ack' };
export const judge: SubscribeOptions = { name: 'judge', facts: ['faultSeen'], mode: 'queue' };

export function fault(eventId: string, detail = ''): Event {
  return Event.fromPartial({ eventId, runId: 'r', fact: { $case: 'faultSeen', value: { detail } } });
}

export function judged(eventId: string): Event {
  return Event.fromPartial({ eventId, runId: 'r', fact: { $case: 'sessionJudged', value: {} } });
}

/** A subscription that keeps ids and waits at a gate. */
export function gated(bus: Bus, options: SubscribeOptions) {
  const seen: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const subscription = bus.subscribe(options, async ({ eventId }) => {
    await gate;
    seen.push(eventId);
  });
  return { seen, open, subscription };
}

export const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
