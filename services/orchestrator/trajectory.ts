import { AttuneError } from '../platform/errors.ts';
import { LostConnection } from '../platform/rpc.ts';
import { inSpan } from '../platform/tracing.ts';
import { runSession } from './session.ts';
import type { SessionClients, SessionOutcome } from './session.ts';
import type { PlannedSession, Trajectory } from './plan.ts';
import type { ModelUsage, SessionKey } from '../gen/attune/conversation/v1/conversation.ts';

/**
 * Runs the sessions of one trajectory that are not done yet, strictly in order. A failed session is
 * tried again from its start, with the memory rewound; when all attempts failed it is handed on as
 * failed, the memory is rewound once more, and the trajectory goes on with the next session.
 */
export async function runTrajectory(trajectory: Trajectory, clients: SessionClients, options: TrajectoryOptions): Promise<void> {
  for (const planned of trajectory.sessions) {
    if (options.isDone(planned.session)) continue;
    options.signal.throwIfAborted();
    await options.ready?.(planned.session);
    const user = { runId: options.runId, method: trajectory.method, userId: trajectory.profile.userId };
    const key = { user, session: planned.session };
    const attributes = { 'attune.run': options.runId, 'attune.method': trajectory.method, 'attune.user': trajectory.profile.userId, 'attune.session': planned.session };
    await inSpan('session', { root: true, attributes }, async (span) => {
      const startedAt = performance.now();
      const outcome = await trySession(trajectory, planned, key, clients, options);
      if (outcome.failure) await rewind(key, clients, outcome, options);
      span.set({ 'attune.status': outcome.record.status, 'attune.turns': outcome.record.turns.length });
      await options.onSession(outcome, performance.now() - startedAt);
    });
  }
}

async function trySession(
  trajectory: Trajectory,
  planned: PlannedSession,
  key: SessionKey,
  clients: SessionClients,
  options: TrajectoryOptions,
): Promise<SessionOutcome> {
  let interruptions = 0;
  for (let attempt = 1; ; attempt++) {
    await options.onStart(key, attempt);
    const work = { planned, profile: trajectory.profile, key, attempt };
    const outcome = await runSession(work, clients, {
      maxTurns: options.maxTurns,
      simulatorSignals: options.simulatorSignals,
      signal: options.signal,
      onTurn: (turn) => options.onTurn(key, turn),
    });
    if (!outcome.failure) return outcome;
    await options.mustStop(outcome.failure);
    // A service that went away says nothing about the session, which is played again from its start as if it had not begun.
    if (outcome.failure instanceof LostConnection && outcome.failure.midCall && interruptions < MOST_INTERRUPTIONS) {
      interruptions += 1;
      attempt -= 1;
      continue;
    }
    if (attempt >= options.attempts) return outcome;
  }
}

/** A session that is interrupted oftener brings its services down itself; from then on an interruption counts as a try. */
const MOST_INTERRUPTIONS = 5;

/** A failed session must leave nothing behind. When even that fails, the record says so. */
async function rewind(key: SessionKey, clients: SessionClients, outcome: SessionOutcome, options: TrajectoryOptions): Promise<void> {
  try {
    const { memoryHash } = await clients.agent.startSession({ key }, { signal: options.signal });
    outcome.record.memoryAfter = memoryHash;
  } catch (thrown) {
    options.signal.throwIfAborted();
    outcome.record.faults.push({ kind: 'rewind_failed', turn: outcome.record.turns.length, detail: AttuneError.from(thrown).message });
  }
}

export interface TrajectoryOptions {
  runId: string;
  maxTurns: number;
  /** See SessionOptions. */
  simulatorSignals: boolean;
  /** Tries of a session, at least 1. */
  attempts: number;
  signal: AbortSignal;
  isDone(session: number): boolean;
  /** Waits until a session may begin. */
  ready?: ((session: number) => Promise<void>) | undefined;
  /** Throws when a failure means that going on makes no sense, such as a model server that is gone. */
  mustStop(failure: AttuneError): Promise<void>;
  onStart(key: SessionKey, attempt: number): Promise<void>;
  onTurn(key: SessionKey, turn: { turn: number; usage: ModelUsage[]; wallMs: number }): void;
  onSession(outcome: SessionOutcome, wallMs: number): Promise<void>;
}
