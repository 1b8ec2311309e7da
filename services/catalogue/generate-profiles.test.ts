import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateProfiles } from './generate-profiles.ts';
import { catalogueHash, cataloguePreferences, personas } from './preference-catalogue.ts';
import { isRuleId } from './rules/registry.ts';

const entry = (id: string) => cataloguePreferences().find((one) => one.id === id);

describe('the catalogue data', () => {
  test('has 43 preferences in 8 categories and 15 groups, 32 with a rule check', () => {
    const all = cataloguePreferences();
    expect([all.length, new Set(all.map((one) => one.id)).size]).toEqual([43, 43]);
    expect(new Set(all.map((one) => one.category)).size).toBe(8);
    expect(new Set(all.map((one) => one.conflict_group).filter((name) => name !== '')).size).toBe(15);
    expect(all.filter((one) => isRuleId(one.rule)).length).toBe(32);
    expect(catalogueHash()).toMatch(/^[0-9a-f]{64}$/);
  });

  test('has at least 40 different personas', () => expect(new Set(personas()).size).toBeGreaterThanOrEqual(40));
});

describe('generateProfiles', () => {
  test('is the same for the same seed, also as the start of a longer list, and differs for another', () => {
    const ten = generateProfiles({ count: 10, seed: 3 });
    expect(generateProfiles({ count: 4, seed: 3 })).toEqual(ten.slice(0, 4));
    expect(generateProfiles({ count: 10, seed: 4 })).not.toEqual(ten);
  });

  test('stays within two of the wanted number, with unique ids and complete groups', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 43 }), fc.nat(), (wanted, seed) => {
        for (const profile of generateProfiles({ count: 2, seed, preferencesPerProfile: wanted })) {
          const ids = profile.preferences.map((one) => one.id);
          expect(Math.abs(ids.length - wanted)).toBeLessThanOrEqual(2);
          expect(new Set(ids).size).toBe(ids.length);
          expect(profile.userId).toMatch(/^user_[0-9a-f]{8}$/);
          expect(profile.conflictGroups.flatMap((group) => group.preferenceIds).sort()).toEqual(profile.preferences.filter((one) => one.conflictGroup !== '').map((one) => one.id).sort());
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('swaps actions only inside a group, with their rules, in about half of the pairs', () => {
    let pairs = 0;
    let swapped = 0;
    for (const profile of generateProfiles({ count: 200, seed: 8 })) {
      const actions = profile.preferences.map((one) => entry(one.id)?.action ?? 'not in the catalogue');
      expect(profile.preferences.map((one) => one.action).sort()).toEqual(actions.sort());
      for (const group of profile.conflictGroups) {
        const members = profile.preferences.filter((one) => group.preferenceIds.includes(one.id) && entry(one.id)?.swap === true);
        if (members.length < 2) continue;
        pairs += 1;
        if (members.some((one) => one.action !== entry(one.id)?.action)) swapped += 1;
      }
      for (const one of profile.preferences) {
        const owner = cataloguePreferences().find((other) => other.action === one.action);
        expect([one.condition, one.rule, one.conflictGroup]).toEqual([entry(one.id)?.condition, owner?.rule, owner?.conflict_group]);
      }
    }
    expect(swapped / pairs).toBeGreaterThan(0.45);
    expect(swapped / pairs).toBeLessThan(0.55);
  });

  test('uses each persona once before any repeats; ids are unique', () => {
    const profiles = generateProfiles({ count: personas().length + 5, seed: 2 });
    expect(new Set(profiles.slice(0, personas().length).map((profile) => profile.persona)).size).toBe(personas().length);
    expect(new Set(profiles.map((profile) => profile.userId)).size).toBe(profiles.length);
  });

  test.each([[{ count: 0, seed: 1 }], [{ count: 1.5, seed: 1 }], [{ count: 1, seed: 1, preferencesPerProfile: 44 }], [{ count: 1, seed: 1, preferencesPerProfile: 0 }]])('refuses %j', (options) =>
    expect(() => generateProfiles(options)).toThrow(/whole number/),
  );
});
