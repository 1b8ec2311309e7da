import { createRandom, seedFrom } from '../../platform/random.ts';
import { studentQuantile } from './distributions.ts';
import { quantileSorted } from './interval.ts';
import { createNormal } from './normal-draws.ts';

/**
 * The smallest true gap between a method and the baseline that a design shows, with the power asked for, after Holm's correction, by simulation: experiments are drawn,
 * each is tested with the paired t-test over profiles, and the gap is the one that enough of them call significant in the right direction. The other tests of the family
 * are taken to be of methods that do not differ, which is the cautious case. Units are those of the spread. Throws RangeError for a design that cannot be.
 */
export function smallestGap(design: PowerDesign, options: PowerOptions = {}): number {
  return quantileSorted(visibleGaps(design, options), options.power ?? POWER);
}

/** How often the design shows a true gap of this size, 0 to 1. */
export function powerFor(design: PowerDesign, gap: number, options: PowerOptions = {}): number {
  const gaps = visibleGaps(design, options);
  let shown = 0;
  while (shown < gaps.length && gaps[shown]! <= Math.abs(gap)) shown += 1;
  return shown / gaps.length;
}

/** How many profiles a design of this kind needs to show the gap with the power asked for; null when it is more than `most`. */
export function profilesNeeded(design: PowerDesign, gap: number, options: PowerOptions & { most?: number } = {}): number | null {
  if (!(Math.abs(gap) > 0)) throw new RangeError(`Expected a gap that is not zero, found ${gap}.`);
  const shows = (profiles: number) => smallestGap({ ...design, profiles }, options) <= Math.abs(gap);
  const most = options.most ?? MOST_PROFILES;
  let enough = 2;
  while (!shows(enough)) {
    if (enough >= most) return null;
    enough = Math.min(most, enough * 2);
  }
  let tooFew = Math.max(1, Math.floor(enough / 2));
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (shows(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** Standard deviation of one profile's difference between two methods: what profiles differ in, and the noise of its sessions on both sides. */
export function sdOfDifference({ spread, sessions }: Pick<PowerDesign, 'spread' | 'sessions'>): number {
  if ('differences' in spread) {
    const { differences } = spread;
    const middle = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    return Math.sqrt(differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (differences.length - 1));
  }
  return Math.sqrt(spread.betweenProfiles ** 2 + (2 * spread.session ** 2 * (1 - (spread.pairing ?? 0))) / sessions);
}

/**
 * Nearly the same without simulation, for differences that were measured: what the strictest step of Holm's correction needs, plus what lifts the power from 50 to
 * 80 %, in standard errors of the t distribution. Within 3 % of `smallestGap` from ten profiles on. `profiles` is at least 2, `tests` the size of the family.
 */
export function gapByFormula(sd: number, profiles: number, tests: number): number {
  const df = profiles - 1;
  return (sd / Math.sqrt(profiles)) * (studentQuantile(1 - ALPHA / tests / 2, df) + studentQuantile(POWER, df));
}

/** For each simulated experiment the smallest true gap that it would have shown; sorted. */
function visibleGaps(design: PowerDesign, { experiments = EXPERIMENTS, seed = 1, alpha = ALPHA }: PowerOptions): Float64Array {
  const { profiles, methods, metrics, spread } = design;
  checkDesign(design);
  const random = createRandom(seedFrom('power', seed, profiles));
  const normal = createNormal(random);
  const sd = sdOfDifference(design);
  const measured = 'differences' in spread ? spread.differences : null;
  const middle = measured ? measured.reduce((sum, value) => sum + value, 0) / measured.length : 0;
  // A resampled list is as spread as with n below; it stands for a population, which is estimated with n − 1.
  const draw = measured ? () => (random.pick(measured) - middle) * Math.sqrt(measured.length / (measured.length - 1)) : () => normal() * sd;
  const tests = (methods - 1) * metrics;
  const critical = Array.from({ length: tests }, (_, rejected) => studentQuantile(1 - alpha / (tests - rejected) / 2, profiles - 1));
  const gaps = new Float64Array(experiments);
  for (let experiment = 0; experiment < experiments; experiment += 1) {
    let sum = 0;
    let squares = 0;
    for (let profile = 0; profile < profiles; profile += 1) {
      const noise = draw();
      sum += noise;
      squares += noise * noise;
    }
    const variance = Math.max(0, (squares - (sum * sum) / profiles) / (profiles - 1));
    const others = Array.from({ length: tests - 1 }, () => random.next()).sort((a, b) => a - b);
    // Those of the others that Holm's procedure falsely rejects make the bar of this test lower.
    let rejected = 0;
    while (rejected < others.length && others[rejected]! <= alpha / (tests - rejected)) rejected += 1;
    gaps[experiment] = critical[rejected]! * Math.sqrt(variance / profiles) - sum / profiles;
  }
  return gaps.sort();
}

function checkDesign({ profiles, sessions, methods, metrics, spread }: PowerDesign): void {
  const whole = (name: string, value: number, least: number) => {
    if (!Number.isInteger(value) || value < least) throw new RangeError(`${name} should be a whole number from ${least}, found ${value}.`);
  };
  whole('profiles', profiles, 2);
  whole('sessions', sessions, 1);
  whole('methods', methods, 2);
  whole('metrics', metrics, 1);
  if ('differences' in spread) whole('measured differences', spread.differences.length, 2);
  else if (!(spread.betweenProfiles >= 0 && spread.session >= 0 && (spread.pairing ?? 0) >= 0 && (spread.pairing ?? 0) <= 1)) {
    throw new RangeError('Standard deviations should be 0 or more and the pairing 0 to 1.');
  }
}

/** The power that designs are made for. */
export const POWER = 0.8;
/** Chance of any false call in the family. */
export const ALPHA = 0.05;
/** Puts the gap within about 2 % of itself. */
const EXPERIMENTS = 4000;
const MOST_PROFILES = 20_000;

export interface PowerDesign {
  /** Compared methods, the baseline among them. */
  readonly methods: number;
  /** Metrics of the family. */
  readonly metrics: number;
  readonly profiles: number;
  /** Sessions of each profile with each method. */
  readonly sessions: number;
  readonly spread: AssumedSpread | MeasuredSpread;
}

/** In the metric's own unit. */
export interface AssumedSpread {
  /** Standard deviation, over profiles, of the true difference between two methods. */
  readonly betweenProfiles: number;
  /** Standard deviation of one session's outcome around its profile's mean with that method; 0.5 at most for a yes/no outcome. */
  readonly session: number;
  /** Correlation of the two methods' outcomes in the same session (same problem, same user), 0 to 1; 0 unless told. */
  readonly pairing?: number;
}

/** Per-profile differences of an earlier run of as many sessions; their mean does not matter. At least two. */
export interface MeasuredSpread {
  readonly differences: readonly number[];
}

export interface PowerOptions {
  /** 0.8 unless told. */
  readonly power?: number;
  /** Family-wise; 0.05 unless told. */
  readonly alpha?: number;
  /** Simulated experiments; 4,000 unless told. */
  readonly experiments?: number;
  readonly seed?: number;
}
