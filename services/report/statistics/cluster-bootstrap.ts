import { createRandom, seedFrom } from '../../platform/random.ts';
import { COVERAGE, quantileSorted, type Interval } from './interval.ts';

/**
 * Bootstrap over clusters (B. Efron, Annals of Statistics 7, 1979; whole profiles are drawn with replacement, since sessions of one user are not independent). The resamples
 * are drawn once and shared by everything computed from them, so that two statistics meet the same profiles and their difference is paired. The same seed and number of
 * clusters give the same resamples on every machine. Percentile intervals from fewer than about 40 clusters are too narrow: near 90 % for ten.
 */
export function createClusterBootstrap(clusters: number, { seed, resamples = RESAMPLES }: BootstrapOptions): ClusterBootstrap {
  const random = createRandom(seedFrom('cluster bootstrap', seed, clusters));
  const weights = new Uint16Array(resamples * clusters);
  for (let start = 0; start < weights.length; start += clusters) {
    for (let draw = 0; draw < clusters; draw += 1) {
      const at = start + random.int(clusters);
      weights[at] = weights[at]! + 1;
    }
  }

  function ratios(over: Float64Array, per: Float64Array): Float64Array {
    if (over.length !== clusters || per.length !== clusters) throw new RangeError(`Expected ${clusters} clusters, found ${over.length} and ${per.length}.`);
    const values = new Float64Array(resamples);
    for (let resample = 0, start = 0; resample < resamples; resample += 1, start += clusters) {
      let top = 0;
      let bottom = 0;
      for (let cluster = 0; cluster < clusters; cluster += 1) {
        const weight = weights[start + cluster]!;
        top += weight * over[cluster]!;
        bottom += weight * per[cluster]!;
      }
      values[resample] = bottom === 0 ? NaN : top / bottom;
    }
    return values;
  }

  return { weights, ratios, means: (values) => ratios(Float64Array.from(values), new Float64Array(clusters).fill(1)) };
}

/**
 * Bootstrap over profiles and, within each drawn profile, over its sessions: the interval of the mean of the profiles' means, for points of a curve to which each
 * profile adds several sessions. Profiles without a session are left out; null below two. It draws sessions on top of profiles, so it is a little wider than needed.
 */
export function hierarchicalInterval(profiles: readonly (readonly number[])[], { seed, resamples = RESAMPLES }: BootstrapOptions, coverage: number = COVERAGE): Interval | null {
  const known = profiles.filter((sessions) => sessions.length > 0).map((sessions) => Float64Array.from(sessions));
  if (known.length < 2) return null;
  const random = createRandom(seedFrom('hierarchical bootstrap', seed, known.length));
  const values = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    let total = 0;
    for (let draw = 0; draw < known.length; draw += 1) {
      const sessions = known[random.int(known.length)]!;
      let sum = 0;
      for (let session = 0; session < sessions.length; session += 1) sum += sessions[random.int(sessions.length)]!;
      total += sum / sessions.length;
    }
    values[resample] = total / known.length;
  }
  return percentileInterval(values, coverage);
}

/** The middle `coverage` of resampled values. Resamples without a value (NaN) are left out; null when fewer than half have one. */
export function percentileInterval(values: Float64Array, coverage: number = COVERAGE): Interval | null {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0 || known.length * 2 < values.length) return null;
  const tail = (1 - coverage) / 2;
  return { low: quantileSorted(known, tail), high: quantileSorted(known, 1 - tail) };
}

/** Resamples unless told otherwise. */
export const RESAMPLES = 10_000;

export interface BootstrapOptions {
  readonly seed: number;
  /** RESAMPLES unless told. */
  readonly resamples?: number;
}

export interface ClusterBootstrap {
  /** How often each resample draws each cluster, resample by resample. */
  readonly weights: Uint16Array;
  /** For each resample the sum of `over` by the sum of `per`, one entry of each for a cluster; NaN where nothing was counted. */
  ratios(over: Float64Array, per: Float64Array): Float64Array;
  /** For each resample the mean of the clusters' values. */
  means(values: ArrayLike<number>): Float64Array;
}
