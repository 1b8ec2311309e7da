import type { Bus } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Event } from '../gen/attune/event/v1/event.ts';
import type { Trajectory } from './plan.ts';
import { playTrajectory } from './play-trajectory.ts';
import type { PlaySettings } from './play-trajectory.ts';
import type { SessionClients } from './session.ts';

/**
 * Runs many trajectories, at most `concurrency` at a time, and publishes what happens. A session counts
 * as done when the bus has taken its SessionEnded, which is when it is on disk. Stops at the first error
 * that concerns the whole run; sessions under way are then given up and leave no record.
 */
export async function runBatch(trajectories: readonly Trajectory[], deps: BatchDeps, options: BatchOptions): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const queue = [...trajectories];
  let failure: AttuneError | null = null as AttuneError | null;

  const worker = async () => {
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
      try {
        await runOne(next, deps, options, signal);
      } catch (thrown) {
        if (!signal.aborted) failure = AttuneError.from(thrown);
        stopping.abort(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, queue.length) }, worker));
  if (failure) throw failure;
  if (options.signal.aborted) throw new AttuneError('cancelled', 'The run was stopped.');
}

async function runOne(trajectory: Trajectory, deps: BatchDeps, options: BatchOptions, signal: AbortSignal): Promise<void> {
  const publish = (event: Event) => deps.bus.publish(event);
  await playTrajectory(trajectory, deps.clientsOf(trajectory.method), {
    ...options,
    signal,
    isDone: (session) => options.isDone(trajectory, session),
    async mustStop(failure) {
      if (failure.code !== 'unavailable' && failure.code !== 'unauthenticated') return;
      const problem = await deps.brokenEndpoint();
      if (problem) throw new AttuneError('unavailable', problem, { cause: failure });
    },
    started: publish,
    turned: publish,
    ended: publish,
  });
}

export interface BatchDeps {
  bus: Bus;
  clientsOf(method: string): SessionClients;
  /** Asks whether a model endpoint is out of reach or refuses the key; one sentence, or null when all answer. */
  brokenEndpoint(): Promise<string | null>;
}

export interface BatchOptions extends PlaySettings {
  /** Trajectories under way at once. */
  concurrency: number;
  /** Stops the batch; it then throws `cancelled`. */
  signal: AbortSignal;
  isDone(trajectory: Trajectory, session: number): boolean;
}
