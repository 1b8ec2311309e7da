import type { Event } from '../../gen/attune/event/v1/event.ts';
import { AttuneError } from '../errors.ts';
import type { FactName, SubscribeOptions } from './contract.ts';

/** Every fact of the contract. */
const FACTS: Record<FactName, true> = {
  runStarted: true,
  sessionStarted: true,
  turnCompleted: true,
  sessionEnded: true,
  sessionJudged: true,
  faultSeen: true,
  runEnded: true,
};

/** The fact of an event. Throws `invalid_argument` for an event without id or fact. */
export function checkEvent({ eventId, fact }: Event): FactName {
  if (eventId !== '' && fact !== undefined) return fact.$case;
  throw new AttuneError('invalid_argument', `An event should have an id and a fact; found id ${JSON.stringify(eventId)} and fact ${String(fact?.$case)}.`);
}

/** Throws `invalid_argument` for a subscription to nothing and to unknown facts. */
export function checkFacts({ name, facts }: SubscribeOptions): void {
  const unknown = facts.filter((fact) => !Object.hasOwn(FACTS, fact));
  if (facts.length > 0 && unknown.length === 0) return;
  throw new AttuneError('invalid_argument', `The subscription ${name} should name facts among ${Object.keys(FACTS).join(', ')}; found ${unknown.join(', ') || 'none'}.`);
}

export function checkCount(name: string, what: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new AttuneError('invalid_argument', `The subscription ${name} should have a ${what} that is a whole number of at least 1, found ${count}.`);
}
