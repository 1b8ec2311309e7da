import { AttuneError } from './errors.ts';

/** What examining a method and examining a memory product have in common: how one check ends, and what is done and shown afterwards. */

/** Who is examined did something else than the contract says. */
export class CheckFailed extends Error {}

/** Who is examined does not offer what the check is about. */
export class NotOffered extends Error {}

/** The check cannot be made this time. */
export class NotChecked extends Error {}

/** Ends the check as failed unless the condition holds; the sentence says what was expected and what was found. */
export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new CheckFailed(sentence);
}

/** Makes one check, which returns a remark. Whatever it throws becomes its ending, also that it took longer than `limitMs`; only an abort by `signal` is thrown. */
export async function endingOf(check: (signal: AbortSignal) => Promise<string>, { limitMs, signal }: { limitMs: number; signal?: AbortSignal | undefined }): Promise<Ending> {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), limitMs);
  try {
    return { outcome: 'passed', detail: await check(signal ? AbortSignal.any([overdue.signal, signal]) : overdue.signal) };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (overdue.signal.aborted) return { outcome: 'failed', detail: `It was not finished after ${limitMs} ms.` };
    if (thrown instanceof NotOffered) return { outcome: 'not_offered', detail: thrown.message };
    if (thrown instanceof NotChecked) return { outcome: 'not_checked', detail: thrown.message };
    if (thrown instanceof CheckFailed) return { outcome: 'failed', detail: thrown.message };
    const { code, message } = AttuneError.from(thrown);
    return { outcome: 'failed', detail: `A call failed with ${code.toUpperCase()}: ${message}` };
  } finally {
    clearTimeout(timer);
  }
}

/** Forgets the users of the checks; returns of how many something may still be held. */
export async function forgetAll<User>(users: readonly User[], forget: (user: User) => Promise<unknown>): Promise<number> {
  for (const [i, user] of users.entries()) {
    try {
      await forget(user);
    } catch {
      // The check of forgetting has said why; one that hangs would keep the command for every user.
      return users.length - i;
    }
  }
  return 0;
}

/** One line a check, and one that counts the outcomes. `width` is that of the column with the names. */
export function resultLines(results: readonly (Ending & { check: string })[], width: number): string[] {
  const counts = (Object.keys(WORDS) as Outcome[]).map((outcome) => ({ outcome, count: results.filter((result) => result.outcome === outcome).length })).filter(({ count }) => count > 0);
  return [
    ...results.map(({ check, outcome, detail }) => `  ${check.padEnd(width)}${(outcome === 'failed' ? 'FAILED' : WORDS[outcome]).padEnd(13)}${detail.replaceAll(/\s+/g, ' ')}`.trimEnd()),
    `${counts.map(({ outcome, count }) => `${count} ${WORDS[outcome]}`).join(', ')}.`,
  ];
}

const WORDS = { passed: 'passed', failed: 'failed', not_offered: 'not offered', not_checked: 'not checked' };

/** `not_offered`: it is not there, and need not be; `not_checked`: the check says nothing this time. */
export type Outcome = keyof typeof WORDS;

export interface Ending {
  outcome: Outcome;
  /** A remark, or what was expected and found. */
  detail: string;
}
