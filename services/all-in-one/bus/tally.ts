import { stagesOf } from '../../orchestrator/service.ts';
import type { Trajectory } from '../../orchestrator/service.ts';
import type { Event } from '../../gen/attune/event/v1/event.ts';
import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { readSessions, readVerdicts } from '../../report/service.ts';

/**
 * Counts what is on record of a run, or will be, since it is stored on the bus: sessions, and the stages of each that are judged. Where nothing is to be judged, no
 * stage is waited for.
 */
export async function openTally(dir: string, trajectories: readonly Trajectory[], { judging = true } = {}): Promise<Tally> {
  const planned = trajectories.reduce((sum, { sessions }) => sum + sessions.length, 0);
  const sessions = new Set<string>();
  const wanted = new Set<string>();
  const judged = new Set<string>();
  const givenUp = new Set<string>();
  let hasBegun = false;
  const keyOf = ({ method, userId, session }: { method: string; userId: string; session: number }) => `${method}/${userId}/${session}`;
  const addSession = (record: SessionRecord) => {
    sessions.add(keyOf(record));
    for (const stage of stagesOf(record)) wanted.add(`${keyOf(record)}/${stage}`);
  };
  for await (const record of readSessions(dir)) addSession(record);
  for await (const verdict of readVerdicts(dir)) judged.add(`${keyOf(verdict)}/${verdict.stage!.$case}`);

  const isSettled = () => hasBegun && (!judging || [...wanted].every((key) => judged.has(key) || givenUp.has(key)));
  return {
    planned,
    sessions: () => sessions.size,
    judged: () => judged.size,
    unjudged: () => [...(judging ? givenUp : wanted)].filter((key) => !judged.has(key)).length,
    isComplete: () => sessions.size >= planned && isSettled(),
    isSettled,
    take({ eventId, fact }, began) {
      // What an earlier execution gave up is tried again by this one.
      if (eventId === began) {
        givenUp.clear();
        hasBegun = true;
      }
      if (fact?.$case === 'sessionEnded' && fact.value.record) addSession(fact.value.record);
      if (fact?.$case === 'sessionJudged' && fact.value.verdict?.stage) judged.add(`${keyOf(fact.value.verdict)}/${fact.value.verdict.stage.$case}`);
      // The detail begins with the stage's key.
      if (fact?.$case === 'faultSeen' && fact.value.kind === 'unjudged') givenUp.add(fact.value.detail.split(': ')[0]!);
    },
  };
}

export interface Tally {
  readonly planned: number;
  sessions(): number;
  judged(): number;
  /** Stages that no judge could be reached for, or may grade. */
  unjudged(): number;
  /** Every session is there, and every stage is judged or given up. */
  isComplete(): boolean;
  /** Every stage of the sessions that are there is judged or given up. */
  isSettled(): boolean;
  /** `began` is the id of the event with which this execution began. */
  take(event: Event, began: string): void;
}
