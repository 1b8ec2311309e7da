import { preferenceText } from '../catalogue/index.ts';
import type { Preference, Profile } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { createRandom, seedFrom } from '../platform/random.ts';

/** The user's preferences. Throws `invalid_argument` when the request has no profile. */
export function preferencesOf(profile: Profile | undefined): Preference[] {
  if (!profile) throw new AttuneError('invalid_argument', 'Judging preferences needs a profile.');
  return profile.preferences;
}

/** Preferences in the order in which one call shows them: another for every seed, so that no place in the list is favoured over many calls. */
export function shuffled(preferences: readonly Preference[], seed: number): ShownPreferences {
  const order = createRandom(seedFrom('judge-order', seed)).shuffle(preferences);
  return {
    text: order.map((preference, index) => `${index + 1}. ${preferenceText(preference)}`).join('\n'),
    // The format lets number 1 through when no preference was shown, so a number may have no id.
    idsOf: (numbers) => [...new Set(numbers.flatMap((number) => order[number - 1]?.id ?? []))],
    count: order.length,
  };
}

export interface ShownPreferences {
  /** Numbered from 1, a line each. */
  text: string;
  /** Maps a model's numbers back to ids, each once. */
  idsOf(numbers: readonly number[]): string[];
  count: number;
}
