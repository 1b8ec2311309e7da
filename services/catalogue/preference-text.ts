import type { Preference } from '../gen/attune/profile/v1/profile.ts';

/**
 * The one text in which a preference is shown, to simulated users, judges, methods and readers of a report alike: "When <condition>: <action>",
 * or only the action of an unconditional preference (so a flat profile's text is shown whole).
 */
export function preferenceText(preference: Pick<Preference, 'condition' | 'action'>): string {
  const condition = preference.condition.trim();
  const action = preference.action.trim();
  return condition === '' ? action : `When ${condition}: ${action}`;
}
