import type { ConflictGroup, Profile } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { createRandom, hashHex, seedFrom } from '../platform/random.ts';
import type { Random } from '../platform/random.ts';
import { cataloguePreferences, personas } from './preference-catalogue.ts';
import type { CataloguePreference } from './preference-catalogue.ts';

/**
 * Draws profiles from catalogue v1. Profile i depends on the seed and i alone, so asking for more profiles never changes the first ones.
 *
 * Of each conflict group a user holds two opposing members with probability 0.75, else one; ungrouped preferences stay with probability 0.85; the number is then
 * brought to within 2 of `preferencesPerProfile`, ungrouped ones first. Two members of one group exchange their actions with probability 0.5 (condition and cues
 * stay), so users differ in content and no method scores by guessing what people usually like. Personas repeat only after all were used.
 */
export function generateProfiles(options: GenerateProfilesOptions): Profile[] {
  const { count, seed, preferencesPerProfile = 40 } = options;
  const most = cataloguePreferences().length;
  if (!Number.isInteger(count) || count < 1) throw new AttuneError('invalid_argument', `The number of profiles must be a whole number from 1; found ${count}.`);
  if (!Number.isInteger(preferencesPerProfile) || preferencesPerProfile < 1 || preferencesPerProfile > most)
    throw new AttuneError('invalid_argument', `Preferences per profile must be a whole number from 1 to ${most} (the size of the catalogue); found ${preferencesPerProfile}.`);
  const deck = createRandom(seedFrom('personas', seed)).shuffle([...personas()]);
  return userIds(count, seed).map((userId, index) => {
    const random = createRandom(seedFrom('profile', seed, index));
    const kept = random.shuffle(swapActions(fitNumber(drawMembers(random), preferencesPerProfile, random), random));
    return {
      userId,
      persona: deck[index % deck.length] ?? '',
      preferences: kept.map(({ conflict_group, swap: _, ...rest }) => ({ ...rest, cues: [...rest.cues], conflictGroup: conflict_group })),
      conflictGroups: groupsOf(kept),
      source: 'catalogue:v1',
    };
  });
}

function drawMembers(random: Random): CataloguePreference[] {
  const kept: CataloguePreference[] = [];
  for (const members of groups().values()) kept.push(...random.shuffle(members).slice(0, random.chance(0.75) ? 2 : 1));
  for (const preference of cataloguePreferences()) if (preference.conflict_group === '' && random.chance(0.85)) kept.push(preference);
  return kept;
}

/** Ungrouped preferences are added and removed first, because groups are what conflict probes need. */
function fitNumber(kept: CataloguePreference[], wanted: number, random: Random): CataloguePreference[] {
  const ungroupedFirst = (list: CataloguePreference[]): CataloguePreference[] => {
    const shuffled = random.shuffle(list);
    return [...shuffled.filter((one) => one.conflict_group === ''), ...shuffled.filter((one) => one.conflict_group !== '')];
  };
  if (kept.length > wanted + 2) {
    const removed = new Set(ungroupedFirst(kept).slice(0, kept.length - wanted - 2));
    return kept.filter((one) => !removed.has(one));
  }
  const missing = ungroupedFirst(cataloguePreferences().filter((one) => !kept.includes(one)));
  return [...kept, ...missing.slice(0, Math.max(0, wanted - 2 - kept.length))];
}

function swapActions(kept: CataloguePreference[], random: Random): CataloguePreference[] {
  const swapped = new Map(kept.map((one) => [one.id, one]));
  for (const name of groups().keys()) {
    const [first, second] = random.shuffle(kept.filter((one) => one.conflict_group === name && one.swap));
    if (first === undefined || second === undefined || !random.chance(0.5)) continue;
    swapped.set(first.id, { ...first, action: second.action, rule: second.rule });
    swapped.set(second.id, { ...second, action: first.action, rule: first.rule });
  }
  return [...swapped.values()];
}

function groups(): Map<string, CataloguePreference[]> {
  const found = new Map<string, CataloguePreference[]>();
  for (const one of cataloguePreferences()) if (one.conflict_group !== '') found.set(one.conflict_group, [...(found.get(one.conflict_group) ?? []), one]);
  return found;
}

function groupsOf(kept: CataloguePreference[]): ConflictGroup[] {
  return [...groups().keys()].map((name) => ({ name, preferenceIds: kept.filter((one) => one.conflict_group === name).map((one) => one.id) })).filter((group) => group.preferenceIds.length > 0);
}

/** "user_" and 8 hex digits; a second user with the same digits gets the next hash, so ids are unique. */
function userIds(count: number, seed: number): string[] {
  const ids = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    let attempt = 0;
    let id = '';
    do {
      id = `user_${hashHex(`profile\0${seed}\0${index}\0${attempt}`).slice(0, 8)}`;
      attempt += 1;
    } while (ids.has(id));
    ids.add(id);
  }
  return [...ids];
}

export interface GenerateProfilesOptions {
  /** How many profiles, at least 1. */
  count: number;
  /** The same seed gives the same profiles on any machine. */
  seed: number;
  /** 1 to 43; default 40. Each profile has this many, give or take 2. */
  preferencesPerProfile?: number;
}
