import { setTimeout as pause } from 'node:timers/promises';
import { LostConnection, type OpenCall } from './call.ts';

/**
 * Makes a call again while its server cannot be reached, for at most patienceMs after it was first missed. What was never sent can be
 * sent again whatever it does; a call that broke off half-way is repeated only when `repeatable`. A server that was waited for in vain is
 * not waited for again before it has answered. The call's deadline and cancellation hold all the while.
 */
export function createPatience(patienceMs: number, repeatable: boolean): Patience {
  let inVain = false;
  return async (attempt, call) => {
    for (let missedAt: number | undefined; ; ) {
      try {
        const answer = await attempt();
        inVain = false;
        return answer;
      } catch (thrown) {
        if (!(thrown instanceof LostConnection)) {
          inVain = false;
          throw thrown;
        }
        missedAt ??= performance.now();
        const overdue = performance.now() - missedAt > patienceMs;
        if (overdue) inVain = true;
        if (inVain || (thrown.midCall && !repeatable)) throw thrown;
        await call.race(() => pause(RETURN_CHECK_MS));
      }
    }
  };
}

/** Between two attempts to reach a server that is away. */
const RETURN_CHECK_MS = 100;

type Patience = <T>(attempt: () => Promise<T>, call: OpenCall) => Promise<T>;
