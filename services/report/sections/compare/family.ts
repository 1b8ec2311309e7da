import type { CompareMetricInfo } from './model.ts';

/**
 * The pre-registered family of every comparison: these metrics, for every method against the baseline. It is fixed here, before any result is seen, and does not
 * shrink when fewer metrics are shown; Holm's correction is over all of it.
 *
 * `failure` says what a missing session, or one that ended by an error, counts as: "zero" or "one"; "worst", the worst value that its user has in any session of any
 * method that came to its end without a runaway message; "none", whatever was measured of it.
 */
export const FAMILY: readonly ComparedMetric[] = [
  { id: 'success', label: 'Task success', unit: 'share', direction: 'higher', failure: 'zero' },
  { id: 'timeout_rate', label: 'Timeouts or failures', unit: 'share', direction: 'lower', failure: 'one' },
  { id: 'user_tokens', label: 'User tokens', unit: 'tokens per session', direction: 'lower', failure: 'worst' },
  { id: 'enforcements', label: 'Enforcements', unit: 'per session', direction: 'lower', failure: 'worst' },
];

/** The metric that flips are counted in. */
export const SUCCESS = 'success';

/** Family-wise error rate. */
export const ALPHA = 0.05;

/**
 * When all of n profiles differ in the same direction, that happens by chance alone with probability 2 / 2^n, which is below 5 % from six profiles on. With fewer no
 * difference is called one.
 */
export const FEWEST_PROFILES = 6;

/** Negative flips that are listed one by one. */
export const FLIPS_LISTED = 50;

export interface ComparedMetric extends Omit<CompareMetricInfo, 'inFamily'> {
  readonly failure: 'zero' | 'one' | 'worst' | 'none';
}
