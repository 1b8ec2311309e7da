import { createRandom, seedFrom } from '../platform/random.ts';

/**
 * Draws the resamples of a cluster bootstrap: each is a list of how often every cluster (a profile) was drawn. The seed is fixed, so a
 * report is the same on every machine, and every method and metric meets the same resamples, which makes differences paired.
 */
export function drawResamples(clusters: number, count: number = RESAMPLES): readonly Uint16Array[] {
  const random = createRandom(seedFrom('attune report bootstrap', clusters));
  return Array.from({ length: count }, () => {
    const weights = new Uint16Array(clusters);
    for (let draw = 0; draw < clusters; draw += 1) {
      const cluster = random.int(clusters);
      weights[cluster] = (weights[cluster] ?? 0) + 1;
    }
    return weights;
  });
}

/**
 * The percentile interval of the resampled values, by linear interpolation between order statistics. Resamples without a value are left
 * out; when fewer than half have one nothing can be said and the interval is null.
 */
export function percentileInterval(values: readonly (number | null)[], coverage: number = COVERAGE): Interval | null {
  const known = Float64Array.from(values.filter((value) => value !== null)).sort();
  if (known.length === 0 || known.length * 2 < values.length) return null;
  const tail = (1 - coverage) / 2;
  return { low: quantile(known, tail), high: quantile(known, 1 - tail) };
}

/** Resamples of one report. */
export const RESAMPLES = 2000;

/** Coverage of every interval of a report. */
export const COVERAGE = 0.95;

function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}
