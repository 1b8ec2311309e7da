import { checkRule, conditionHolds } from '../catalogue/index.ts';
import { CONDITION_WINDOW, MOMENT_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from '../platform/memoize.ts';
import type { ListedPreference } from './prompt-reader.ts';
import { recognizedRules, wishesInMessage } from './wishes.ts';

/**
 * One reply after the user's last few messages, read by the catalogue: the same view for user, agent and judge. The user and the judge look at
 * the same moments, so what was found out about one is kept.
 */
export function momentOf(userMessages: readonly string[], reply: string): Moment {
  return readMoment([reply, userMessages.at(-1) ?? '', ...talkOf(userMessages).slice(-CONDITION_WINDOW)].join(SEPARATOR));
}

/**
 * The user's messages about the task: those after the first that voice a wish are left out. "When I ask for a proof, I'd like …" asks for no
 * proof, and a row of complaints must not push the words out of sight that made a condition true.
 */
export function talkOf(userMessages: readonly string[]): string[] {
  return userMessages.filter((message, index) => index === 0 || wishesInMessage(message).length === 0);
}

/**
 * One preference at one moment, by the catalogue's rules. `kept` is null when its rules can decide nothing about this reply; a preference
 * whose condition does not hold, or in which no rule is recognised, does not apply.
 */
export function checkPreference(preference: ListedPreference, moment: Moment): { applies: boolean; kept: boolean | null } {
  const rules = recognizedRules(preference.text);
  if (rules.length === 0 || !moment.holds(preference.condition)) return { applies: false, kept: null };
  return { applies: true, kept: moment.keeps(rules) };
}

const SEPARATOR = '\u0000';

const readMoment = memoize(MOMENT_CACHE_ENTRIES, (key): Moment => {
  const [reply, lastMessage, ...userMessages] = key.split(SEPARATOR) as [string, string, ...string[]];
  const holding = new Map<string, boolean>();
  const checked = new Map<string, boolean | null>();
  const context = { userMessage: lastMessage };
  return {
    holds(condition) {
      if (condition === '') return true;
      let held = holding.get(condition);
      if (held === undefined) holding.set(condition, (held = conditionHolds(condition, reply === '' ? { userMessages } : { userMessages, reply })));
      return held;
    },
    keeps(rules) {
      let kept: boolean | null = null;
      for (const rule of rules) {
        if (!checked.has(rule)) checked.set(rule, checkRule(rule, reply, context));
        const followed = checked.get(rule) as boolean | null;
        if (followed === false) return false;
        kept ??= followed;
      }
      return kept;
    },
  };
});

export interface Moment {
  /** Whether a condition holds; "" always does. */
  holds(condition: string): boolean;
  /** False when the reply breaks one of the rules; null when it gives nothing to decide on. */
  keeps(rules: readonly string[]): boolean | null;
}
