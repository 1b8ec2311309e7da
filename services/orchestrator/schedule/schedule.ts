import type { SessionEnded } from '../../gen/attune/event/v1/event.ts';
import type { Trajectory } from '../plan.ts';
import type { SessionClients } from '../session.ts';
import { createGate } from './gate.ts';
import { gateClients } from './gated-clients.ts';
import { createWorkLeft } from './work-left.ts';

/**
 * Says whose turn it is. All trajectories are admitted; at most `sessions` of their sessions are under way at once, and at most as many requests as the
 * endpoints take calls. Whenever a place is free, the trajectory with the most work left gets it, by an estimate that is learned during the run:
 * the last trajectory to end is what a run waits for (spec: speed.md 8).
 */
export function createSchedule({ sessions, calls }: ScheduleConfig): Schedule {
  const workLeft = createWorkLeft();
  const slots = createGate(sessions);
  const simulator = calls && createGate(() => roomFor(calls.simulator()));
  const agent = calls && (calls.isOneEndpoint ? simulator : createGate(() => roomFor(calls.agent())));
  const gates = [slots, simulator, agent].filter((gate) => gate !== null);
  let reorderedAt = 0;
  return {
    async begin(trajectory, session) {
      return slots.enter(() => workLeft.of(trajectory, session, 0));
    },
    workLeft: (trajectory, session) => workLeft.of(trajectory, session, 0),
    clientsOf(clients, trajectory, at) {
      if (!simulator || !agent) return clients;
      return gateClients(clients, { simulator, agent }, () => workLeft.of(trajectory, at().session, at().turn));
    },
    ended({ record, usage, wallMs }) {
      if (!record) return;
      const modelMs = usage.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0);
      workLeft.learn({ method: record.method, session: record.session, turns: record.turns.length, ms: modelMs || wallMs });
      const isNews = workLeft.learned() >= reorderedAt * 1.25;
      if (isNews) reorderedAt = workLeft.learned();
      for (const gate of gates) {
        if (isNews) gate.reorder();
        gate.look();
      }
    },
    stop(reason) {
      for (const gate of gates) gate.close(reason);
    },
  };
}

/** A request holds its place also while no model works for it; a few more than the endpoint takes keep the endpoint busy. */
function roomFor(calls: number): number {
  return Math.ceil(calls * 1.1) + 1;
}

export interface ScheduleConfig {
  /** Sessions under way at once; asked anew each time. */
  sessions: () => number;
  /** Calls that the endpoints of the two parties take now; null when it is not known here, as for services elsewhere. */
  calls: CallCapacity | null;
}

export interface CallCapacity {
  simulator(): number;
  agent(): number;
  /** Whether both ask the same endpoint. */
  isOneEndpoint: boolean;
}

export interface Schedule {
  /** Waits until a session of the trajectory may begin; the answer gives the place back. */
  begin(trajectory: Trajectory, session: number): Promise<() => void>;
  /** How much work is left of a trajectory before this session; see WorkLeft. */
  workLeft(trajectory: Trajectory, session: number): number;
  /** The clients through which the trajectory makes its requests; `at` says how far it is. */
  clientsOf(clients: SessionClients, trajectory: Trajectory, at: () => { session: number; turn: number }): SessionClients;
  /** Learns from a session that has ended. */
  ended(ended: SessionEnded): void;
  /** Nobody begins any more; who waits gets the reason. */
  stop(reason: unknown): void;
}
