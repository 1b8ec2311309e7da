/**
 * What a comparison is computed from: one entry for each planned session of each method, in any order; a planned session without a record is there as "missing". What is
 * not in the list was not planned, and is left out on the other side too.
 */
export interface CompareInput {
  /** Compared methods in the order they are shown; the baseline is one of them. */
  readonly methods: readonly string[];
  readonly baseline: string;
  /** Those of the methods that are there to be compared with, not to be used; none unless told. */
  readonly controls?: readonly string[];
  readonly sessions: readonly ComparedSession[];
}

export interface ComparedSession {
  readonly method: string;
  readonly userId: string;
  /** From 0. Sessions of two methods with the same user, number and seed are a pair: same profile, same problem, same luck. */
  readonly session: number;
  /** Seed of the plan; one method may have been run with several. */
  readonly seed: number;
  /** "missing": planned, but there is no record. "failed": it ended by an error. "finished": it came to its end, by its user or by using all turns. */
  readonly state: 'finished' | 'failed' | 'missing';
  /** A message of the simulated user ran into its length limit. */
  readonly runaway: boolean;
  /** The problem's data set; empty when unknown. */
  readonly dataset: string;
  /** By metric id. Null, or no entry: nothing was measured (an unscored task, say), which is not zero. */
  readonly values: Readonly<Record<string, SessionValue | null>>;
}

/** What a session adds to its profile's value: the profile's value is the sum of `over` by the sum of `per`; for a plain mean over sessions `per` is 1. */
export interface SessionValue {
  readonly over: number;
  readonly per: number;
}
