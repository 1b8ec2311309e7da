import jstat from 'jstat';

const { jStat } = jstat;

/** P(T ≤ t) of Student's distribution; infinite t are allowed. */
export function studentCdf(t: number, df: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : t > 0 ? 1 : 0;
  // From the lower tail, so that small p-values keep their digits.
  return t > 0 ? 1 - jStat.studentt.cdf(-t, df) : jStat.studentt.cdf(t, df);
}

/** P(T ≥ t); keeps its digits where it is small, unlike 1 − studentCdf. */
export function studentUpperTail(t: number, df: number): number {
  return studentCdf(-t, df);
}

/** The t below which the share lies. */
export function studentQuantile(share: number, df: number): number {
  return jStat.studentt.inv(share, df);
}

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return jStat.normal.cdf(z, 0, 1);
}

/** The z below which the share lies. */
export function normalQuantile(share: number): number {
  return jStat.normal.inv(share, 0, 1);
}

/** P(X ≤ k) and P(X = k) for n fair coins. */
export function fairCoins(k: number, n: number): { below: number; at: number } {
  return { below: k >= n ? 1 : jStat.binomial.cdf(k, n, 0.5), at: jStat.binomial.pdf(k, n, 0.5) };
}
