import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import type { Probe } from '../../gen/attune/simulator/v1/simulator.ts';

/**
 * The probe of a session together with the place in `turns` of the message that carries it and of the reply to it; null when the session has no probe, when the
 * user never asked it, or when the agent never answered. Only what is found here can be judged, and counts when conflict accuracy is computed.
 */
export function answeredProbe({ probe, turns }: Pick<SessionRecord, 'probe' | 'turns'>): AnsweredProbe | null {
  const turn = turns.findIndex(({ user }) => user?.probePlanted);
  return probe && turns[turn]?.agent ? { probe, turn } : null;
}

export interface AnsweredProbe {
  probe: Probe;
  /** Index into the record's turns. */
  turn: number;
}
