/**
 * What a metric is, as plain data: how it is named, read and judged. The table itself, with the SQL that computes each, is `table.ts`.
 *
 * - `ratio`: sum of what is counted by sum of what it is counted among (a mean over sessions when that is 1).
 * - `median`, `trimmed_mean` (10 % off either end): over sessions.
 * - `count`: a sum; it has no interval.
 * - `derived`: one number for each profile, then the mean over profiles.
 */
export interface MetricInfo {
  /** The name in metrics.csv and, where the value exists for a single session, in sessions.parquet. */
  readonly id: string;
  readonly label: string;
  readonly unit: Unit;
  /** Which way is better. */
  readonly direction: Direction;
  readonly kind: MetricKind;
  /** Heading under which a long table shows it. */
  readonly group: MetricGroup;
  /** One sentence for a reader. */
  readonly about: string;
  /** Shown in the first table. */
  readonly headline: boolean;
  /** Also computed for each session index. */
  readonly curve: boolean;
  /** Depends on the machine's clock, so that equal runs may differ in it. */
  readonly clock: boolean;
}

/** Headings in the order in which they are shown. */
export const METRIC_GROUPS = ['Outcome', 'User effort', 'Preferences', 'Memory', 'Cost', 'Quality of measurement'] as const;

/** Shares go from 0 to 1; `score` too, but is no share of anything. `currency` is that of the configured prices. */
export type Unit =
  | 'share'
  | 'score'
  | 'sessions'
  | 'per session'
  | 'turns'
  | 'tokens'
  | 'tokens per session'
  | 'points per session'
  | 'successes per 1,000 tokens'
  | 'currency per session'
  | 'seconds per session'
  | 'Wh per session'
  | 'Wh per success';

export type Direction = 'higher' | 'lower' | 'neutral';
export type MetricKind = 'ratio' | 'median' | 'trimmed_mean' | 'count' | 'derived';
export type MetricGroup = (typeof METRIC_GROUPS)[number];

/** A number with its uncertainty. Null is not zero: it means that there is no data. */
export interface Estimate {
  readonly value: number | null;
  /** 95 %; null when there is no value, only one profile, or the metric is a count. */
  readonly interval: Interval | null;
  /** Sessions behind the value; profiles for a derived metric. */
  readonly n: number;
}

export interface Difference {
  /** Null when one side has no data. */
  readonly value: number | null;
  readonly interval: Interval | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}
