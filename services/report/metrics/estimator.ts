import { createClusterBootstrap, percentileInterval } from '../statistics/cluster-bootstrap.ts';
import type { Difference, Estimate } from './metric.ts';
import type { ProfileSums, SortedValues } from './profile-sums.ts';
import { createResampledRatios } from './resampled-ratios.ts';
import { resampledMedians, resampledTrimmedMeans } from './resampled-quantiles.ts';

/**
 * Turns sums over profiles into values with 95 % intervals by a bootstrap over profiles: sessions of one user are not independent of each other. All
 * methods and metrics meet the same resamples, so that differences are paired. The seed is fixed: a report is the same on every machine.
 */
export function createEstimator(profiles: number): Estimator {
  const bootstrap = profiles > 1 ? createClusterBootstrap(profiles, { seed: SEED, resamples: RESAMPLES }) : null;
  const ratios = bootstrap && createResampledRatios(bootstrap.weights, profiles);

  return {
    ofSums({ over, per, n }, resamples = RESAMPLES) {
      const value = ratio(over, per);
      return { value, n, resampled: value === null || !ratios ? null : ratios(over, per, resamples) };
    },
    ofCount: ({ over, n }) => ({ value: total(over), n, resampled: null }),
    ofValues(kind, sorted) {
      const quantiles = kind === 'median' ? resampledMedians : resampledTrimmedMeans;
      const once = new Uint16Array(profiles).fill(1);
      const value = sorted.values.length === 0 ? null : quantiles(sorted, once, profiles)[0]!;
      return { value, n: sorted.values.length, resampled: value === null || !bootstrap ? null : quantiles(sorted, bootstrap.weights.subarray(0, FEWER_RESAMPLES * profiles), profiles) };
    },
    estimate: ({ value, n, resampled }) => ({ value, interval: resampled && percentileInterval(resampled), n }),
    difference(ours, theirs) {
      if (ours.value === null || theirs.value === null) return { value: null, interval: null };
      const gaps = ours.resampled && theirs.resampled ? ours.resampled.map((value, index) => value - theirs.resampled![index]!) : null;
      return { value: ours.value - theirs.value, interval: gaps && percentileInterval(gaps) };
    },
  };
}

/** Resamples behind an interval. */
export const RESAMPLES = 2000;

/** Resamples behind medians and points of curves, of which a report has thousands. */
export const FEWER_RESAMPLES = 1000;

const SEED = 1;

function ratio(over: Float64Array, per: Float64Array): number | null {
  const bottom = total(per);
  return bottom === 0 ? null : total(over) / bottom;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  return sum;
}

export interface Estimator {
  /** Sum of over by sum of per; RESAMPLES resamples unless told. */
  ofSums(sums: ProfileSums, resamples?: number): Resampled;
  /** Sum of over; counts have no interval. */
  ofCount(sums: ProfileSums): Resampled;
  ofValues(kind: 'median' | 'trimmed_mean', sorted: SortedValues): Resampled;
  estimate(resampled: Resampled): Estimate;
  /** The first minus the second, on the same resampled profiles. */
  difference(ours: Resampled, theirs: Resampled): Difference;
}

/** A value and what it is in each resample (NaN: no value there); null without a value, for counts and with one profile. */
export interface Resampled {
  readonly value: number | null;
  readonly n: number;
  readonly resampled: Float64Array | null;
}
