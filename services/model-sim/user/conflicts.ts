import { momentOf, talkOf, type Moment } from '../moment.ts';
import type { ListedPreference } from '../prompt-reader.ts';
import type { RoleCall } from '../roles/role.ts';
import { oppose, recognizedRules, wishesInMessage } from '../wishes.ts';
import type { Scene } from './scene.ts';

/**
 * The preferences that count for the last reply: those whose condition holds, and of two that no reply can follow together only one. The one
 * that the user has asked for in this dialogue comes first, then the one that the last message about the task calls for, then the one that
 * this person cares about more. Without this a user would ask for one thing and its opposite in turn.
 */
export function preferencesThatCount(scene: Scene, moment: Moment, call: RoleCall): ReadonlySet<ListedPreference> {
  const now = momentOf(talkOf(scene.own).slice(-1), scene.reply);
  const ranked = scene.preferences
    .filter(({ condition }) => moment.holds(condition))
    .map((preference) => ({
      preference,
      rules: recognizedRules(preference.text),
      rank: (timesAsked(preference, scene.own) > 0 ? 4 : 0) + (preference.condition !== '' && now.holds(preference.condition) ? 2 : 0) + call.lasting('care', scene.persona, preference.id).next(),
    }))
    .sort((a, b) => b.rank - a.rank);
  const counting: typeof ranked = [];
  for (const candidate of ranked) if (!counting.some((other) => oppose(candidate.rules, other.rules))) counting.push(candidate);
  return new Set(counting.map(({ preference }) => preference));
}

/** In how many messages of this dialogue the user has asked for what a preference says. */
export function timesAsked(preference: ListedPreference, own: readonly string[]): number {
  const rules = recognizedRules(preference.text);
  return own.filter((message) => wishesInMessage(message).some((wish) => wish.rules.some((rule) => rules.includes(rule)))).length;
}
