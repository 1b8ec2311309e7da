import type { Logger } from '../log.ts';
import type { DeadLetter } from './contract.ts';

/** What happens to a dead letter when nobody asked for it. */
export function logDeadLetter(log: Logger, { subscription, event, attempts, error }: DeadLetter): void {
  log.error(
    { subscription, eventId: event.eventId, runId: event.runId, fact: event.fact?.$case, attempts, err: error },
    'An event could not be handled and was given up.',
  );
}
