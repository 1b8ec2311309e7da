import type { SessionEnded } from '../../gen/attune/event/v1/event.ts';
import type { Trajectory } from '../plan.ts';
import { createSchedule } from '../schedule/schedule.ts';

/**
 * Says which of the trajectories that a runner holds plays its next session. The runner holds more of them than it plays at once, so that the one with the most work
 * left can go first; those that wait can be given to a runner that has nothing to do.
 */
export function createTurns(sessions: () => number): Turns {
  const schedule = createSchedule({ sessions, calls: null });
  const waiting = new Set<Waiting>();
  return {
    async begin(trajectory, session, { signal, giveBack }) {
      signal.throwIfAborted();
      const entered = schedule.begin(trajectory, session);
      const one = { workLeft: () => schedule.workLeft(trajectory, session), giveBack };
      waiting.add(one);
      try {
        return await unlessAborted(entered, signal);
      } catch (thrown) {
        // Its turn comes all the same, and goes to the next.
        entered.then((leave) => leave(), () => undefined);
        throw thrown;
      } finally {
        waiting.delete(one);
      }
    },
    ended: schedule.ended,
    waiting: () => waiting.size,
    give(most) {
      const longest = [...waiting].map((one) => ({ one, workLeft: one.workLeft() })).sort((a, b) => b.workLeft - a.workLeft);
      for (const { one } of longest.slice(0, most)) {
        waiting.delete(one);
        one.giveBack();
      }
    },
  };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

interface Waiting {
  workLeft(): number;
  giveBack(): void;
}

export interface Turns {
  /** Waits until a session of the trajectory may begin; the answer gives the place back. `giveBack` is called, at most once, when another runner is to have it. */
  begin(trajectory: Trajectory, session: number, options: { signal: AbortSignal; giveBack(): void }): Promise<() => void>;
  /** Learns from a session that has ended. */
  ended(ended: SessionEnded): void;
  /** Trajectories without a session under way. */
  waiting(): number;
  /** Gives back the longest of those that wait, at most so many. */
  give(most: number): void;
}
