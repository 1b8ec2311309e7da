import { describe, expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { createNormal } from './normal-draws.ts';
import { gapByFormula, powerFor, profilesNeeded, sdOfDifference, smallestGap, type PowerDesign } from './power.ts';

/** One test, profiles' differences spread by 0.08. */
const PLAIN: PowerDesign = { methods: 2, metrics: 1, profiles: 60, sessions: 1, spread: { betweenProfiles: 0.08, session: 0 } };

describe('power by simulation', () => {
  test('differences spread by 0.08 over 60 profiles show about 0.03 with 80 % power', () => {
    // statsmodels 0.15.0: TTestPower().solve_power(nobs=60, power=.8, alpha=.05) * .08 = 0.029416
    expect(Math.abs(smallestGap(PLAIN) / 0.029416 - 1)).toBeLessThan(0.02);
    // TTestPower().power(.03 / .08, 60, .05) = 0.815192
    expect(Math.abs(powerFor(PLAIN, 0.03) - 0.815192)).toBeLessThan(0.02);
    expect(powerFor(PLAIN, -0.03)).toBe(powerFor(PLAIN, 0.03));
  });

  test('24 tests in the family need what the strictest correction needs, less a little', () => {
    // TTestPower().solve_power(nobs=60, power=.8, alpha=.05 / 24) * .08 = 0.042183
    expect(Math.abs(smallestGap({ ...PLAIN, methods: 7, metrics: 4 }) / 0.042183 - 1)).toBeLessThan(0.02);
  });

  test('profiles for a gap: as the formula says, and one profile fewer would not do', () => {
    // TTestPower().solve_power(effect_size=.25, power=.8, alpha=.05) = 127.5
    const needed = profilesNeeded({ ...PLAIN, profiles: 2 }, 0.02)!;
    expect(Math.abs(needed - 128)).toBeLessThanOrEqual(5);
    expect(smallestGap({ ...PLAIN, profiles: needed })).toBeLessThanOrEqual(0.02);
    expect(smallestGap({ ...PLAIN, profiles: needed - 1 })).toBeGreaterThan(0.02);
    expect(profilesNeeded(PLAIN, 0.001, { most: 500 })).toBeNull();
    expect(() => profilesNeeded(PLAIN, 0)).toThrow(RangeError);
  });

  test('spread: of the profiles, of their sessions on both sides, less what pairing takes away', () => {
    expect(sdOfDifference({ sessions: 20, spread: { betweenProfiles: 0.03, session: 0.5 } })).toBeCloseTo(Math.sqrt(0.0009 + 0.025), 12);
    expect(sdOfDifference({ sessions: 20, spread: { betweenProfiles: 0.03, session: 0.5, pairing: 0.4 } })).toBeCloseTo(Math.sqrt(0.0009 + 0.015), 12);
    expect(sdOfDifference({ sessions: 20, spread: { differences: [1, 2, 3, 4] } })).toBeCloseTo(Math.sqrt(5 / 3), 12);
  });

  test('the formula agrees with the simulation from ten profiles on', () => {
    // TTestPower().solve_power(nobs=60, power=.8, alpha=.05) * .08 = 0.029416
    expect(Math.abs(gapByFormula(0.08, 60, 1) / 0.029416 - 1)).toBeLessThan(0.01);
    for (const profiles of [10, 200]) {
      expect(Math.abs(gapByFormula(0.08, profiles, 12) / smallestGap({ ...PLAIN, profiles, methods: 4, metrics: 4 }) - 1)).toBeLessThan(0.03);
    }
  });

  test('measured differences stand for their spread, whatever their mean', () => {
    const normal = createNormal(createRandom(3));
    const differences = Array.from({ length: 40 }, () => 0.5 + 0.08 * normal());
    const sd = sdOfDifference({ sessions: 1, spread: { differences } });
    const gap = smallestGap({ ...PLAIN, spread: { differences } });
    expect(Math.abs(gap / smallestGap({ ...PLAIN, spread: { betweenProfiles: sd, session: 0 } }) - 1)).toBeLessThan(0.03);
  });

  test('more profiles and more sessions show smaller gaps; the same design gives the same answer', () => {
    const design: PowerDesign = { methods: 3, metrics: 4, profiles: 20, sessions: 10, spread: { betweenProfiles: 0.05, session: 0.45 } };
    expect(smallestGap({ ...design, profiles: 80 })).toBeLessThan(0.6 * smallestGap(design));
    expect(smallestGap({ ...design, sessions: 40 })).toBeLessThan(0.8 * smallestGap(design));
    expect(smallestGap(design)).toBe(smallestGap(design));
    expect(() => smallestGap({ ...design, profiles: 1 })).toThrow(/profiles/);
    expect(() => smallestGap({ ...design, spread: { betweenProfiles: -1, session: 0 } })).toThrow(RangeError);
  });
});
