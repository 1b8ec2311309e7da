import { checkRule, conditionHolds } from '../catalogue/index.ts';
import { CONDITION_WINDOW, MOMENT_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from './memoize.ts';
import type { ListedPreference } from './prompt-reader.ts';
import { recognizedRules } from './wishes.ts';

/**
 * One reply after the user's last few messages, read by the catalogue: the same view for user, agent and judge. The user and the judge look at
 * the same moments, so what was found out about one is kept.
 */
export function momentOf(userMessages: readonly string[], reply: string): Moment {
  return readMoment([reply, ...userMessages.slice(-CONDITION_WINDOW)].join(SEPARATOR));
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
  const [reply, ...userMessages] = key.split(SEPARATOR) as [string, ...string[]];
  const holding = new Map<string, boolean>();
  const checked = new Map<string, boolean | null>();
  const context = { userMessage: userMessages.at(-1) ?? '' };
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
