import { drawResamples, percentileInterval, type Interval } from './bootstrap.ts';
import type { Metric } from './metrics.ts';
import type { SessionRow } from './session-row.ts';

/**
 * Computes metrics with intervals over one fixed list of profiles. Rows of other profiles must not be passed in.
 * The interval is a cluster bootstrap over profiles: sessions of one user are not independent of each other.
 */
export function createAggregator(userIds: readonly string[]): Aggregator {
  const clusterOf = new Map([...userIds].sort(byText).map((userId, index) => [userId, index]));
  const resamples = clusterOf.size > 1 ? drawResamples(clusterOf.size) : [];

  function sample(metric: Metric, rows: readonly SessionRow[]): Sample {
    const parts: Part[] = [];
    for (const row of rows) {
      const contribution = metric.of(row);
      const cluster = clusterOf.get(row.userId);
      if (contribution && contribution.per > 0 && cluster !== undefined) parts.push({ ...contribution, cluster });
    }
    return { count: parts.length, valueAt: metric.kind === 'median' ? medianOf(parts, clusterOf.size) : ratioOf(parts, clusterOf.size) };
  }

  return {
    estimate(metric, rows) {
      const { count, valueAt } = sample(metric, rows);
      if (metric.kind === 'count') {
        return { value: rows.reduce((sum, row) => sum + (metric.of(row)?.over ?? 0), 0), interval: null, sessions: count };
      }
      return { value: valueAt(null), interval: percentileInterval(resamples.map(valueAt)), sessions: count };
    },
    difference(metric, rows, baseline) {
      const ours = sample(metric, rows).valueAt;
      const theirs = sample(metric, baseline).valueAt;
      const gap = (weights: Uint16Array | null) => minus(ours(weights), theirs(weights));
      return { value: gap(null), interval: percentileInterval(resamples.map(gap)) };
    },
  };
}

/** Compares by code units, which is the same order on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Adds up per profile first, so that a resample costs one step per profile instead of one per session. */
function ratioOf(parts: readonly Part[], clusters: number): ValueAt {
  const over = new Float64Array(clusters);
  const per = new Float64Array(clusters);
  for (const part of parts) {
    over[part.cluster] = over[part.cluster]! + part.over;
    per[part.cluster] = per[part.cluster]! + part.per;
  }
  return (weights) => {
    let top = 0;
    let bottom = 0;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      const weight = weights ? weights[cluster]! : 1;
      top += weight * over[cluster]!;
      bottom += weight * per[cluster]!;
    }
    return bottom === 0 ? null : top / bottom;
  };
}

/** The median of an even number of values is the mean of the middle two. */
function medianOf(parts: readonly Part[], clusters: number): ValueAt {
  const sorted = [...parts].sort((a, b) => a.over - b.over);
  const sizes = new Uint32Array(clusters);
  for (const { cluster } of sorted) sizes[cluster] = sizes[cluster]! + 1;
  return (weights) => {
    const total = sizes.reduce((sum, size, cluster) => sum + size * (weights ? weights[cluster]! : 1), 0);
    if (total === 0) return null;
    const lower = Math.floor((total - 1) / 2);
    const upper = Math.floor(total / 2);
    let seen = 0;
    let atLower: number | undefined;
    for (const { over, cluster } of sorted) {
      seen += weights ? weights[cluster]! : 1;
      if (seen > lower) atLower ??= over;
      if (seen > upper) return (atLower! + over) / 2;
    }
    return null;
  };
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

export interface Aggregator {
  /** The metric over these rows. */
  estimate(metric: Metric, rows: readonly SessionRow[]): Estimate;
  /** The metric over `rows` minus the metric over `baseline`, paired: both are computed on the same resampled profiles. */
  difference(metric: Metric, rows: readonly SessionRow[], baseline: readonly SessionRow[]): Difference;
}

export interface Difference {
  /** Null when one side has no data. */
  readonly value: number | null;
  /** 95 %; null when there is no value or only one profile. */
  readonly interval: Interval | null;
}

export interface Estimate extends Difference {
  /** Sessions behind the value. */
  readonly sessions: number;
}

/** The metric's value when each cluster counts as often as its weight says; null means once each. */
type ValueAt = (weights: Uint16Array | null) => number | null;

interface Sample {
  readonly count: number;
  readonly valueAt: ValueAt;
}

interface Part {
  readonly cluster: number;
  readonly over: number;
  readonly per: number;
}
