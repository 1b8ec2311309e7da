import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../../platform/errors.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Logger } from '../../platform/log.ts';
import type { TrajectoryLog, WorkItem, WorkOutcome } from '../../platform/nats.ts';
import { eventOf } from '../event-of.ts';
import type { Trajectory } from '../plan.ts';
import { playTrajectory } from '../play-trajectory.ts';
import type { PlaySettings } from '../play-trajectory.ts';
import type { SessionClients } from '../session.ts';
import { guardClients } from './guard.ts';
import { Interrupted } from './interrupted.ts';
import { decodeTrajectoryJob } from './jobs.ts';
import type { Turns } from './turns.ts';

/**
 * Handles one trajectory of the work queue: goes on with its first session that has no end on record, and ends each session's stay with a fact that is refused
 * when another runner has taken the trajectory over. A runner that took over from one that fell silent waits, after its first fact, until that one has noticed.
 */
export async function runTrajectoryJob(item: WorkItem, run: RunnableRun, deps: RunnerDeps): Promise<WorkOutcome> {
  const job = decodeTrajectoryJob(item.bytes);
  const trajectory = run.trajectories[job.trajectory];
  if (!trajectory) return { dead: `The plan has ${run.trajectories.length} trajectories and none with number ${job.trajectory}.` };
  const name = `${trajectory.method}/${trajectory.profile.userId}`;
  const log = deps.openLog(job.trajectory);
  const taken = await log.take(job.first);
  if (taken.next >= trajectory.sessions.length) return { done: true };
  if (taken.takeovers >= MOST_TAKEOVERS) return { dead: `Session ${taken.next} of ${name} was given up: ${taken.takeovers} runners in a row did not bring it to an end.` };

  const lost = new AbortController();
  const given = new AbortController();
  const isHeld = () => item.isHeld() && !lost.signal.aborted;
  const signal = AbortSignal.any([item.signal, deps.stopping, lost.signal, given.signal]);
  const giveBack = () => given.abort(new Interrupted(`${name} goes to a runner that has nothing to do.`));
  let leave = () => {};
  let isNew = true;
  let isUnderWay = false;
  const watch = setInterval(() => {
    if (isNew) return;
    log.isMine().then((mine) => mine || lost.abort(new AttuneError('cancelled', `${name} was taken over by another runner.`)), ignore);
  }, deps.leaseMs / 3);
  try {
    await playTrajectory(trajectory, guardClients(run.clientsOf(trajectory.method), isHeld), {
      ...run.settings,
      signal,
      isDone: (session) => session < taken.next,
      mustStop: deps.mustStop,
      async ready(session) {
        leave = await deps.turns.begin(trajectory, session, { signal, giveBack });
        signal.throwIfAborted();
      },
      async started(event, session) {
        await deps.untilWanted(signal);
        if (!isHeld()) throw new AttuneError('cancelled', `The lease of ${name} is over.`);
        await log.started(event, session);
        isUnderWay = true;
        if (isNew && taken.isLeftOpen) await sleep(deps.leaseMs / 2, undefined, { signal });
        isNew = false;
      },
      turned: (event) => deps.bus.publish(event),
      async ended(event, session) {
        await deps.mayEnd();
        await log.ended(event, session);
        isUnderWay = false;
        if (event.fact?.$case === 'sessionEnded') deps.turns.ended(event.fact.value);
        leave();
      },
    });
    return { done: true };
  } catch (thrown) {
    const error = AttuneError.from(thrown);
    const isCalledOff = signal.aborted || error instanceof Interrupted;
    // Where no session is under way there is nothing that a successor would wait for.
    if (isHeld() && (isUnderWay || !isCalledOff)) await log.leave({ inVain: !isCalledOff }).catch((refused: unknown) => deps.log.debug({ err: refused }, 'A trajectory was not given back.'));
    if (isCalledOff) return { again: true, afterMs: item.signal.aborted || given.signal.aborted ? 0 : 1_000 };
    await deps.bus.publish(eventOf(run.settings.runId, { $case: 'faultSeen', value: { service: 'runner', kind: 'trajectory', detail: `${name}: ${error.message}` } }));
    throw error;
  } finally {
    leave();
    clearInterval(watch);
  }
}

/** Runners in a row that may die in, or fail on, one session before it is given up. */
const MOST_TAKEOVERS = 10;

function ignore(): void {}

/** What a run's runners share: the plan, its settings, and the way to simulator and agents. */
export interface RunnableRun {
  trajectories: readonly Trajectory[];
  settings: PlaySettings;
  clientsOf(method: string): SessionClients;
}

export interface RunnerDeps {
  bus: Bus;
  log: Logger;
  leaseMs: number;
  openLog(trajectory: number): TrajectoryLog;
  /** Whose session begins next, of all the trajectories that this runner holds. */
  turns: Turns;
  /** Asked before a session counts as ended; throws Interrupted when it may not, since the run was stopped while it was played. */
  mayEnd(): Promise<void>;
  /** Aborts when the run is to stop. */
  stopping: AbortSignal;
  /** Waits while the run is paused. */
  untilWanted(signal: AbortSignal): Promise<void>;
  /** See TrajectoryOptions; throws Interrupted when nobody can be blamed. */
  mustStop(failure: AttuneError): Promise<void>;
}
