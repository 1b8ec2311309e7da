import { sampleCorrelation } from 'simple-statistics';
import { midranks } from './ranks.ts';

/** Pearson's product-moment correlation; null for fewer than two pairs or when one side is all equal. Throws RangeError for lists of unequal length. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  if (x.length !== y.length) throw new RangeError(`Expected lists of equal length, found ${x.length} and ${y.length}.`);
  if (x.length < 2 || isConstant(x) || isConstant(y)) return null;
  return Math.max(-1, Math.min(1, sampleCorrelation(Array.from(x), Array.from(y))));
}

/** Spearman's rho: Pearson's correlation of the midranks. Null and errors as for `pearson`. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  return pearson(midranks(x), midranks(y));
}

/**
 * Spearman's rho of x and y with a third list held fixed: (ρxy − ρxz ρyz) / √((1 − ρxz²)(1 − ρyz²)). When z is all equal there is nothing to hold fixed and it is
 * `spearman(x, y)`; null when x or y is all equal or z orders like one of them, which leaves nothing to correlate.
 */
export function partialSpearman(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): number | null {
  const xy = spearman(x, y);
  const xz = spearman(x, z);
  const yz = spearman(y, z);
  if (xy === null || (xz === null) !== (yz === null)) return null;
  if (xz === null || yz === null) return xy;
  const left = (1 - xz * xz) * (1 - yz * yz);
  return left > 1e-12 ? Math.max(-1, Math.min(1, (xy - xz * yz) / Math.sqrt(left))) : null;
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let index = 1; index < values.length; index += 1) if (values[index] !== values[0]) return false;
  return true;
}
