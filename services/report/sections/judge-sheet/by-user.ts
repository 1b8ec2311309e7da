import { clusterBootstrap } from '../../../platform/intervals.ts';
import type { Interval } from '../../statistics/interval.ts';

/** Bootstrap interval of a share over items, whole users drawn with replacement, since what one user's sessions show is alike. Null below two users. */
export function intervalByUser<T extends { readonly userId: string }>(items: readonly T[], share: (items: readonly T[]) => number | null): Interval | null {
  const clusters = new Map<string, T[]>();
  for (const item of items) {
    const found = clusters.get(item.userId) ?? [];
    found.push(item);
    clusters.set(item.userId, found);
  }
  // In the order of the ids: the interval must not depend on the order of the items.
  const sorted = [...clusters.keys()].sort((a, b) => (a < b ? -1 : 1)).map((id) => clusters.get(id)!);
  return sorted.length < 2 ? null : clusterBootstrap(sorted, share, { seed: SEED, resamples: RESAMPLES });
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const SEED = 1;
const RESAMPLES = 1000;
