import type { Event } from '../gen/attune/event/v1/event.ts';
import type { AttuneError } from '../platform/errors.ts';
import { eventOf } from './event-of.ts';
import type { Trajectory } from './plan.ts';
import type { SessionClients } from './session.ts';
import { runTrajectory } from './trajectory.ts';

/** Runs what is left of a trajectory and tells what happens. The next session begins once the end of the one before has been taken. */
export async function playTrajectory(trajectory: Trajectory, clients: SessionClients, options: PlayOptions): Promise<void> {
  const { runId } = options;
  let turns: Promise<void>[] = [];
  await runTrajectory(trajectory, clients, {
    runId,
    maxTurns: options.maxTurns,
    simulatorSignals: options.simulatorSignals,
    attempts: options.attempts,
    signal: options.signal,
    isDone: options.isDone,
    ready: options.ready,
    mustStop: options.mustStop,
    onStart: (key, attempt) => options.started(eventOf(runId, { $case: 'sessionStarted', value: { key, attempt } }), key.session),
    onTurn: (key, { turn, usage, wallMs }) => {
      const told = options.turned(eventOf(runId, { $case: 'turnCompleted', value: { key, turn, usage, wallMs } }));
      told.catch(() => undefined); // awaited below, before the session counts as done
      turns.push(told);
    },
    async onSession({ record, usage }, wallMs) {
      await Promise.all(turns);
      turns = [];
      const identity = `${record.method}/${record.userId}/${record.session}/ended`;
      await options.ended(eventOf(runId, { $case: 'sessionEnded', value: { record, wallMs, usage } }, identity), record.session);
    },
  });
}

export interface PlaySettings {
  runId: string;
  maxTurns: number;
  /** See SessionOptions. */
  simulatorSignals: boolean;
  attempts: number;
}

interface PlayOptions extends PlaySettings {
  signal: AbortSignal;
  isDone(session: number): boolean;
  /** See TrajectoryOptions. */
  ready?: ((session: number) => Promise<void>) | undefined;
  /** See TrajectoryOptions. */
  mustStop(failure: AttuneError): Promise<void>;
  /** Told before each try of a session; the try waits for it. */
  started(event: Event, session: number): Promise<void>;
  turned(event: Event): Promise<void>;
  /** Told of each session that is over, with its record. */
  ended(event: Event, session: number): Promise<void>;
}
