import { createRandom, seedFrom, type Random } from '../../../../platform/random.ts';
import { createNormal } from '../../../statistics/normal-draws.ts';
import type { ComparedSession, CompareInput } from '../input.ts';

/**
 * An experiment whose true differences are known: profiles differ in how much they succeed, write and enforce; each method suits each profile a little better or worse; and
 * two methods in the same session share some of their luck, as they do with the same problem. Success and timeouts are yes/no, user tokens are log-normal, enforcements
 * are counts. The first method is the baseline.
 */
export function simulateExperiment(design: SimulatedDesign, seed: number): CompareInput {
  const random = createRandom(seedFrom('compare selftest', seed));
  const normal = createNormal(random);
  const methods = design.effects.map((_, index) => (index === 0 ? 'baseline' : `method-${index}`));
  const sessions: ComparedSession[] = [];
  for (let profile = 0; profile < design.profiles; profile += 1) {
    const userId = `u-${String(profile).padStart(4, '0')}`;
    const share = LEVEL.share + LEVEL.shareSpread * (2 * random.next() - 1);
    const words = SPREAD.user * normal();
    const strictness = LEVEL.enforcements * Math.exp(SPREAD.strictness * normal() - SPREAD.strictness ** 2 / 2);
    const suits = methods.map(() => ({ share: SPREAD.suits * (2 * random.next() - 1), words: SPREAD.words * normal() }));
    for (let session = 0; session < design.sessions; session += 1) {
      const shared = random.next();
      methods.forEach((method, index) => {
        const effect = design.effects[index]!;
        const luck = random.chance(PAIRING) ? shared : random.next();
        const success = luck < share + effect.success + suits[index]!.share;
        const timeout = !success && random.chance(LEVEL.timeouts);
        const tokens = Math.exp(LEVEL.logTokens + effect.logTokens + words + suits[index]!.words + SPREAD.session * normal());
        const enforcements = poisson(random, strictness * effect.enforcements);
        sessions.push({
          method,
          userId,
          session,
          seed: 0,
          state: 'finished',
          runaway: false,
          dataset: '',
          values: { success: one(success), timeout_rate: one(timeout), user_tokens: { over: tokens, per: 1 }, enforcements: { over: enforcements, per: 1 } },
        });
      });
    }
  }
  return { methods, baseline: methods[0]!, sessions };
}

/** The true difference to the baseline of method `index`, by metric id, in closed form. */
export function trueDifferences({ effects }: Pick<SimulatedDesign, 'effects'>, index: number): Record<string, number> {
  const [base, effect] = [effects[0]!, effects[index]!];
  const success = effect.success - base.success;
  const tokens = ({ logTokens }: Effect) => Math.exp(LEVEL.logTokens + logTokens + (SPREAD.user ** 2 + SPREAD.words ** 2 + SPREAD.session ** 2) / 2);
  return { success, timeout_rate: -LEVEL.timeouts * success, user_tokens: tokens(effect) - tokens(base), enforcements: LEVEL.enforcements * (effect.enforcements - base.enforcements) };
}

/** What a planner would assume of success in these experiments, measured where no method differs. */
export function assumedSpread(): { betweenProfiles: number; session: number; pairing: number } {
  // Uniform from -h to h has the variance h²/3; a share p has p (1 − p) within a profile.
  const variance = LEVEL.share * (1 - LEVEL.share) - (LEVEL.shareSpread ** 2 + SPREAD.suits ** 2) / 3;
  // With the same luck two methods of shares p and q both succeed in min(p, q); |p − q| is 2h/3 on average.
  const together = LEVEL.share - SPREAD.suits / 3 - (LEVEL.share ** 2 + LEVEL.shareSpread ** 2 / 3);
  return { betweenProfiles: Math.sqrt((2 * SPREAD.suits ** 2) / 3), session: Math.sqrt(variance), pairing: (PAIRING ** 2 * together) / variance };
}

/** No effect at all. */
export const NO_EFFECT: Effect = { success: 0, logTokens: 0, enforcements: 1 };

const LEVEL = { share: 0.5, shareSpread: 0.2, timeouts: 0.6, logTokens: 5, enforcements: 1.5 };
/** Half widths for shares, standard deviations of logarithms for the rest. */
const SPREAD = { suits: 0.1, user: 0.35, words: 0.15, session: 0.5, strictness: 0.4 };
/** How often the luck of a session is the one it shares with the other methods. */
const PAIRING = 0.6;

/** D. E. Knuth's way: multiply uniform numbers until they are below e^−mean; good for small means. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

function one(holds: boolean): { over: number; per: number } {
  return { over: holds ? 1 : 0, per: 1 };
}

export interface SimulatedDesign {
  readonly profiles: number;
  readonly sessions: number;
  /** One for each method, the baseline first. */
  readonly effects: readonly Effect[];
}

export interface Effect {
  /** Added to every profile's chance of success; within ±0.2, so that chances stay between 0 and 1. */
  readonly success: number;
  /** Added to the logarithm of user tokens. */
  readonly logTokens: number;
  /** Multiplies the mean number of enforcements. */
  readonly enforcements: number;
}
