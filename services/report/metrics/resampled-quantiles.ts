import type { SortedValues } from './profile-sums.ts';

/**
 * The median in each resample, where a value counts as often as its user was drawn; NaN without any value. `weights` holds one entry for each user,
 * resample by resample. The median of an even number of values is the mean of the middle two.
 */
export function resampledMedians(sorted: SortedValues, weights: Uint16Array, profiles: number): Float64Array {
  const { values, users } = sorted;
  return perResample(sorted, weights, profiles, (start, total) => {
    const lower = Math.floor((total - 1) / 2);
    const upper = Math.floor(total / 2);
    let seen = 0;
    let atLower = NaN;
    for (let index = 0; index < values.length; index += 1) {
      seen += weights[start + users[index]!]!;
      if (Number.isNaN(atLower) && seen > lower) atLower = values[index]!;
      if (seen > upper) return (atLower + values[index]!) / 2;
    }
    return NaN;
  });
}

/** The mean of what is left in each resample without the tenth with the smallest and the tenth with the largest values, rounded down to whole values. */
export function resampledTrimmedMeans(sorted: SortedValues, weights: Uint16Array, profiles: number): Float64Array {
  const { values, users } = sorted;
  return perResample(sorted, weights, profiles, (start, total) => {
    const cut = Math.floor(total * TRIMMED);
    const end = total - cut;
    let seen = 0;
    let sum = 0;
    for (let index = 0; index < values.length && seen < end; index += 1) {
      const next = seen + weights[start + users[index]!]!;
      const taken = Math.min(next, end) - Math.max(seen, cut);
      if (taken > 0) sum += taken * values[index]!;
      seen = next;
    }
    return sum / (end - cut);
  });
}

/** Share that is cut off either end. */
const TRIMMED = 0.1;

function perResample({ users }: SortedValues, weights: Uint16Array, profiles: number, valueOf: (start: number, total: number) => number): Float64Array {
  const sizes = new Uint32Array(profiles);
  for (let index = 0; index < users.length; index += 1) sizes[users[index]!] = sizes[users[index]!]! + 1;
  const resamples = weights.length / profiles;
  const result = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    const start = resample * profiles;
    let total = 0;
    for (let user = 0; user < profiles; user += 1) total += sizes[user]! * weights[start + user]!;
    result[resample] = total === 0 ? NaN : valueOf(start, total);
  }
  return result;
}
