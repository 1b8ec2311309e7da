/**
 * The value below which the given share of the sorted values lies, by linear interpolation between order statistics (R's default, type 7). NaN for an empty list.
 */
export function quantileSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

/** Coverage of every interval of a report. */
export const COVERAGE = 0.95;

export interface Interval {
  readonly low: number;
  readonly high: number;
}
