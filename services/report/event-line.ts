import { Event } from '../gen/attune/event/v1/event.ts';
import { VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import { sessionStatusToJSON } from '../gen/attune/record/v1/record.ts';
import { SCHEMA_VERSION } from './manifest.ts';

/**
 * A line of events.ndjson: the event as proto JSON with a schema version. Records and verdicts have files of their own; of those two facts
 * only the key, the outcome and times (milliseconds) are kept here.
 */
export function eventLine(event: Event): string {
  const { eventId, runId, timeMs, fact } = event;
  const envelope = { schemaVersion: SCHEMA_VERSION, eventId, runId, timeMs };
  if (fact?.$case === 'sessionEnded' && fact.value.record) {
    const { record, wallMs, usage } = fact.value;
    const { method, userId, session, status } = record;
    const times = usage.length > 0 && { usage: usage.map(({ role, model, latencyMs }) => ({ role, model, latencyMs })) };
    return JSON.stringify({ ...envelope, sessionEnded: { method, userId, session, status: sessionStatusToJSON(status), wallMs, ...times } });
  }
  if (fact?.$case === 'sessionJudged' && fact.value.verdict?.stage) {
    const { method, userId, session, stage } = fact.value.verdict;
    const statuses = stage.$case === 'turns' ? stage.value.turns.map((turn) => turn.status) : [stage.value.status];
    const unscored = statuses.filter((status) => status !== VerdictStatus.SCORED).length;
    const outcome = { stage: stage.$case, scored: statuses.length - unscored, unscored };
    return JSON.stringify({ ...envelope, sessionJudged: { method, userId, session, ...outcome, wallMs: fact.value.wallMs } });
  }
  return JSON.stringify({ ...envelope, ...(Event.toJSON(event) as object) });
}
