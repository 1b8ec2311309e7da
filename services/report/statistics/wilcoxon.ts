import { normalCdf } from './distributions.ts';
import { doubledRanks, midranks, tieSum } from './ranks.ts';

/**
 * Wilcoxon's signed-rank test (F. Wilcoxon, Biometrics Bulletin 1, 1945), two-sided: are the differences symmetric about zero? Zeros are dropped, equal sizes share
 * their midrank. Up to EXACT_LIMIT differences p is exact, also with ties: every assignment of signs to the midranks at hand is equally likely. Above, p is from the
 * normal distribution with the variance corrected for ties and without a continuity correction. Null without a difference that is not zero.
 */
export function wilcoxonSignedRank(differences: readonly number[], exactLimit: number = EXACT_LIMIT): WilcoxonTest | null {
  const kept = differences.filter((difference) => difference !== 0);
  const n = kept.length;
  if (n === 0) return null;
  const ranks = midranks(kept.map(Math.abs));
  let plus = 0;
  kept.forEach((difference, index) => (plus += difference > 0 ? ranks[index]! : 0));
  const total = (n * (n + 1)) / 2;
  const statistic = Math.min(plus, total - plus);
  if (n <= exactLimit) return { n, statistic, plus, p: exactP(doubledRanks(ranks), Math.round(2 * statistic)), exact: true };
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieSum(ranks) / 48;
  return { n, statistic, plus, p: Math.min(1, 2 * normalCdf((statistic - total / 2) / Math.sqrt(variance))), exact: false };
}

/** The largest number of differences for which p is exact. */
const EXACT_LIMIT = 25;

/** P of a rank sum at most as large, doubled: the distribution is symmetric, with ties too. */
function exactP(doubled: readonly number[], statistic: number): number {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    for (let sum = reached; sum >= 0; sum -= 1) ways[sum + rank] = ways[sum + rank]! + ways[sum]!;
    reached += rank;
  }
  let below = 0;
  for (let sum = 0; sum <= statistic; sum += 1) below += ways[sum]!;
  return Math.min(1, (2 * below) / 2 ** doubled.length);
}

export interface WilcoxonTest {
  /** Differences that are not zero. */
  readonly n: number;
  /** The smaller of the two rank sums. */
  readonly statistic: number;
  /** The rank sum of the positive differences. */
  readonly plus: number;
  /** Two-sided. */
  readonly p: number;
  readonly exact: boolean;
}
