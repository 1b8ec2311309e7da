import { mean, sampleStandardDeviation } from 'simple-statistics';

/** Cohen's d for paired values: the mean of the differences by their standard deviation (n − 1 below). Null below two differences and without spread. */
export function cohenDz(differences: readonly number[]): number | null {
  if (differences.length < 2) return null;
  const middle = mean([...differences]);
  const sd = sampleStandardDeviation([...differences]);
  return sd > Math.abs(middle) * 1e-12 ? middle / sd : null;
}

/**
 * What d_z from n pairs is multiplied by, since it comes out too large from few (L. V. Hedges, Journal of Educational Statistics 6, 1981):
 * the usual approximation 1 − 3 / (4 df − 1) with df = n − 1; n is at least 2.
 */
export function hedgesFactor(n: number): number {
  return 1 - 3 / (4 * (n - 1) - 1);
}

