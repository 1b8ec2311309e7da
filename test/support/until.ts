import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every `everyMs` until something holds; throws when it does not within `ms`. `what` goes on after "it did not come true that". */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 60_000, everyMs = 20): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); await sleep(everyMs)) {
    if (Date.now() > end) throw new Error(`Within ${ms / 1_000} s it did not come true that ${what}.`);
  }
}
