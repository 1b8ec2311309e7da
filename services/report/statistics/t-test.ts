import { mean, sampleVariance } from 'simple-statistics';
import { studentQuantile, studentUpperTail } from './distributions.ts';
import { COVERAGE, type Interval } from './interval.ts';

/**
 * Student's t-test of paired values, on their differences ("Student", Biometrika 6, 1908): is the mean of a − b zero? One value a profile, so that the pairs are
 * independent. Null for fewer than two differences or when all are equal: without spread there is no t.
 */
export function pairedTTest(differences: readonly number[], coverage: number = COVERAGE): PairedTTest | null {
  const n = differences.length;
  if (n < 2) return null;
  const middle = mean([...differences]);
  const sd = Math.sqrt(sampleVariance([...differences]));
  // Equal numbers have a variance of a few bits.
  if (!(sd > Math.abs(middle) * 1e-12)) return null;
  const error = sd / Math.sqrt(n);
  const t = middle / error;
  const df = n - 1;
  const reach = studentQuantile((1 + coverage) / 2, df) * error;
  return { n, mean: middle, sd, t, df, p: Math.min(1, 2 * studentUpperTail(Math.abs(t), df)), pGreater: studentUpperTail(t, df), interval: { low: middle - reach, high: middle + reach } };
}

export interface PairedTTest {
  readonly n: number;
  readonly mean: number;
  /** Standard deviation of the differences, n − 1 below. */
  readonly sd: number;
  readonly t: number;
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
  /** One-sided: against a mean above zero. */
  readonly pGreater: number;
  /** Of the mean difference. */
  readonly interval: Interval;
}
