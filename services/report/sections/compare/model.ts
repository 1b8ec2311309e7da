import type { Interval } from '../../statistics/interval.ts';

/**
 * What the comparison of methods says. Plain data: it can be written as JSON and rendered without knowing how it was computed. Differences are always method minus
 * baseline; p-values are two-sided; nothing is rounded. Maps are lists in a fixed order, so equal runs give equal text.
 */
export interface CompareModel {
  /** The method that the others are compared with. */
  readonly baseline: string;
  /** All compared methods in the order of the input, the baseline among them. */
  readonly methods: readonly string[];
  /** Profiles of the experiment, those without any value included. */
  readonly profiles: number;
  readonly family: CompareFamily;
  /** How `interval` and `bootstrap` of every difference came about, in one sentence each. */
  readonly about: CompareAbout;
  /** Each method's own value, for every metric of `metrics`. */
  readonly levels: readonly CompareLevel[];
  /** Shown metrics in order: those of the family first, then exploratory ones. */
  readonly metrics: readonly CompareMetricInfo[];
  /** Every method but the baseline × every shown metric: metric by metric, methods in order. */
  readonly differences: readonly CompareDifference[];
  /** Sessions solved by one side only, for every method but the baseline. */
  readonly flips: readonly CompareFlips[];
  /** For every shown metric: which methods cannot be told apart. */
  readonly tied: readonly TiedSets[];
  /** The same differences under other rules for the data; each rule has one entry for every entry of `differences`. */
  readonly sensitivity: readonly CompareSensitivity[];
  /** What was filled in or left out, for every method. */
  readonly counts: readonly CompareCounts[];
}

export interface CompareFamily {
  /** Its name for a reader, e.g. "methods against vanilla × success, timeout, user tokens, enforcement". */
  readonly name: string;
  /** Metric ids; fixed before any result is seen, whatever is shown. */
  readonly metrics: readonly string[];
  /** Tests in the family: (methods − 1) × metrics. */
  readonly tests: number;
  readonly correction: 'Holm';
  /** Family-wise error rate. */
  readonly alpha: number;
}

export interface CompareAbout {
  readonly interval: string;
  readonly bootstrap: string;
  readonly p: string;
  readonly failures: string;
  readonly tied: string;
}

export interface CompareMetricInfo {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly direction: 'higher' | 'lower' | 'neutral';
  /** False: looked at beside the pre-registered family; its p-values are corrected over the methods of this metric alone. */
  readonly inFamily: boolean;
}

export interface CompareLevel {
  readonly method: string;
  readonly metric: string;
  /** Mean of the profiles' own values; null when no profile has one. */
  readonly mean: number | null;
  /** 95 %, over profiles; null below two profiles or when all are equal. */
  readonly interval: Interval | null;
  /** Profiles with a value. */
  readonly profiles: number;
}

export interface CompareDifference {
  readonly method: string;
  readonly metric: string;
  /** Profiles with a value on both sides. */
  readonly profiles: number;
  /** Mean over profiles of (method − baseline); null without a profile. */
  readonly difference: number | null;
  /** 95 %: the interval to quote (paired t over profiles). Null below two profiles or when every profile differs by the same amount. */
  readonly interval: Interval | null;
  /** 95 %: percentile cluster bootstrap over profiles; narrower than it should be when profiles are few. Null as above, and when no resamples were asked for. */
  readonly bootstrap: Interval | null;
  /** Paired t; where all profiles differ by the same amount, Wilcoxon's p. Null below two profiles. */
  readonly p: number | null;
  /** Wilcoxon's signed-rank test. Null without a profile. */
  readonly pWilcoxon: number | null;
  /** `p` corrected by Holm's procedure; null when p is null. */
  readonly pHolm: number | null;
  /** Cohen's d for paired values: mean / standard deviation of the differences; null without spread. */
  readonly dz: number | null;
  /** d_z times Hedges' small-sample factor. */
  readonly gz: number | null;
  /** "better" or "worse" when pHolm is below alpha, the metric has a good direction and there are enough profiles; else "unclear". */
  readonly verdict: 'better' | 'worse' | 'unclear';
  /** The smallest true gap that a test with this spread and this many profiles shows with 80 % power after correction; null without spread. */
  readonly smallestGap: number | null;
}

/** Task success in the same sessions (profile and session) of the two; descriptive, since sessions of one profile are not independent. */
export interface CompareFlips {
  readonly method: string;
  /** Sessions in which both sides have a success value. */
  readonly sessions: number;
  /** Solved by both, by neither. */
  readonly both: number;
  readonly neither: number;
  /** Negative flips: solved by the baseline and failed now. */
  readonly lost: number;
  /** Failed by the baseline and solved now. */
  readonly won: number;
  /** McNemar's test on lost against won, exact; and its mid-p version. Null when nothing flipped. */
  readonly pExact: number | null;
  readonly pMid: number | null;
  /** The negative flips, at most FLIPS_LISTED, by user and session. */
  readonly lostSessions: readonly SessionName[];
}

export interface SessionName {
  readonly userId: string;
  readonly session: number;
}

export interface TiedSets {
  readonly metric: string;
  /** Maximal groups of methods with a value of which no two differ after Holm over all pairs of this metric; best first. A method alone in its group differs from all others. */
  readonly groups: readonly (readonly string[])[];
  /** The best method and those that do not differ from it, controls left out: one of them is best, and the data do not say which. Empty when the metric has no good direction. */
  readonly bestOrTied: readonly string[];
  readonly pairs: readonly TiedPair[];
}

export interface TiedPair {
  readonly a: string;
  readonly b: string;
  /** Mean of (a − b) over profiles. */
  readonly difference: number | null;
  readonly p: number | null;
  /** Corrected over all pairs of this metric. */
  readonly pHolm: number | null;
}

export interface CompareSensitivity {
  /** "complete_case", "without_runaway" or "dataset:<name>". */
  readonly id: string;
  readonly label: string;
  readonly about: string;
  /** Pairs of sessions left out, over all methods; of the first metric, task success. */
  readonly leftOut: number;
  /** In the order of the model's `differences`. */
  readonly differences: readonly SensitivityDifference[];
}

export interface SensitivityDifference {
  readonly method: string;
  readonly metric: string;
  readonly profiles: number;
  readonly difference: number | null;
  readonly interval: Interval | null;
  readonly p: number | null;
  readonly pHolm: number | null;
  readonly verdict: 'better' | 'worse' | 'unclear';
}

export interface CompareCounts {
  readonly method: string;
  /** Planned sessions. */
  readonly sessions: number;
  /** Of those, without a record; ended by an error; with a runaway message of the simulated user; whose task has no score. */
  readonly missing: number;
  readonly failed: number;
  readonly runaway: number;
  readonly unscored: number;
}
