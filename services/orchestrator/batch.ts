import type { Bus } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Event } from '../gen/attune/event/v1/event.ts';
import type { Trajectory } from './plan.ts';
import { playTrajectory } from './play-trajectory.ts';
import type { PlaySettings } from './play-trajectory.ts';
import { createSchedule } from './schedule/schedule.ts';
import type { CallCapacity, Schedule } from './schedule/schedule.ts';
import type { SessionClients } from './session.ts';

/**
 * Runs many trajectories, at most `concurrency` of their sessions at a time, those with the most work left first, and publishes what
 * happens. A session counts as done when the bus has taken its SessionEnded, which is when it is on disk. Stops at the first error
 * that concerns the whole run; sessions under way are then given up and leave no record.
 */
export async function runBatch(trajectories: readonly Trajectory[], deps: BatchDeps, options: BatchOptions): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const { concurrency } = options;
  const schedule = createSchedule({ sessions: typeof concurrency === 'number' ? () => concurrency : concurrency, calls: deps.calls ?? null });
  const stop = () => schedule.stop(new AttuneError('cancelled', 'The run was stopped.'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  let failure: AttuneError | null = null as AttuneError | null;

  await Promise.all(
    trajectories.map(async (trajectory) => {
      try {
        await runOne(trajectory, deps, { ...options, signal }, schedule);
      } catch (thrown) {
        if (!signal.aborted) failure = AttuneError.from(thrown);
        stopping.abort(thrown);
      }
    }),
  );
  if (failure) throw failure;
  if (options.signal.aborted) throw new AttuneError('cancelled', 'The run was stopped.');
}

async function runOne(trajectory: Trajectory, deps: BatchDeps, options: BatchOptions, schedule: Schedule): Promise<void> {
  const publish = (event: Event) => deps.bus.publish(event);
  let at = { session: 0, turn: 0 };
  let leave = () => {};
  const clients = schedule.clientsOf(deps.clientsOf(trajectory.method), trajectory, () => at);
  const play = playTrajectory(trajectory, clients, {
    ...options,
    async ready(session) {
      leave = await schedule.begin(trajectory, session);
      at = { session, turn: 0 };
    },
    isDone: (session) => options.isDone(trajectory, session),
    async mustStop(failure) {
      if (failure.code !== 'unavailable' && failure.code !== 'unauthenticated') return;
      const problem = await deps.brokenEndpoint();
      if (problem) throw new AttuneError('unavailable', problem, { cause: failure });
    },
    started(event) {
      at = { ...at, turn: 0 };
      return publish(event);
    },
    turned(event) {
      if (event.fact?.$case === 'turnCompleted') at = { ...at, turn: event.fact.value.turn + 1 };
      return publish(event);
    },
    async ended(event) {
      await publish(event);
      if (event.fact?.$case === 'sessionEnded') schedule.ended(event.fact.value);
      leave();
    },
  });
  await play.finally(() => leave());
}

export interface BatchDeps {
  bus: Bus;
  clientsOf(method: string): SessionClients;
  /** Asks whether a model endpoint is out of reach or refuses the key; one sentence, or null when all answer. */
  brokenEndpoint(): Promise<string | null>;
  /** How many calls the endpoints take; absent where it is not known here. */
  calls?: CallCapacity | null;
}

export interface BatchOptions extends PlaySettings {
  /** Sessions under way at once, each of another trajectory; a function is asked anew each time. */
  concurrency: number | (() => number);
  /** Stops the batch; it then throws `cancelled`. */
  signal: AbortSignal;
  isDone(trajectory: Trajectory, session: number): boolean;
}
