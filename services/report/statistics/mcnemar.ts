import { fairCoins } from './distributions.ts';

/**
 * McNemar's test of paired yes/no outcomes (Q. McNemar, Psychometrika 12, 1947), two-sided, from the pairs that changed. `exact` is the binomial test of these pairs,
 * which rejects too rarely; `midP` counts the table at hand by half (M. W. Fagerland, S. Lydersen and P. Laake, BMC Medical Research Methodology 13, 2013). Null when no
 * pair changed.
 */
export function mcnemar(lost: number, won: number): McNemarTest | null {
  const n = lost + won;
  if (n === 0) return null;
  const { below, at } = fairCoins(Math.min(lost, won), n);
  return { exact: Math.min(1, 2 * below), midP: Math.min(1, 2 * below - at) };
}

export interface McNemarTest {
  readonly exact: number;
  readonly midP: number;
}
