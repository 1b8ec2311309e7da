import { normalCdf } from './distributions.ts';
import { doubledRanks, midranks, tieSum } from './ranks.ts';

/**
 * The U test (H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18, 1947): does one sample tend to larger values? "exact" counts every way to deal the
 * ranks at hand, ties included, to the two samples; "asymptotic" is normal with continuity and tie corrections; "auto" is exact up to EXACT_LIMIT values in all.
 * Values must be independent; pairs of users that share a user are not. Null when a sample is empty or all values are equal.
 */
export function mannWhitney(a: readonly number[], b: readonly number[], how: 'auto' | 'exact' | 'asymptotic' = 'auto'): MannWhitneyTest | null {
  const n = a.length + b.length;
  const ranks = midranks([...a, ...b]);
  if (a.length === 0 || b.length === 0 || ranks.every((rank) => rank === ranks[0])) return null;
  const rankSum = ranks.subarray(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const exact = how === 'exact' || (how === 'auto' && n <= EXACT_LIMIT);
  const { greater, less } = exact ? exactTails(doubledRanks(ranks), a.length, Math.round(2 * rankSum)) : normalTails(u, a.length, b.length, tieSum(ranks));
  return { u, p: Math.min(1, 2 * Math.min(greater, less)), pGreater: greater, exact };
}

/** The largest number of values for which "auto" is exact. */
const EXACT_LIMIT = 50;

function exactTails(doubled: readonly number[], size: number, observed: number): Tails {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  // ways[k][s]: how many sets of k of the ranks so far have the sum s.
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(total + 1));
  ways[0]![0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    for (let k = size; k > 0; k -= 1) {
      const from = ways[k - 1]!;
      const to = ways[k]!;
      for (let sum = 0; sum <= reached; sum += 1) to[sum + rank] = to[sum + rank]! + from[sum]!;
    }
    reached += rank;
  }
  let less = 0;
  let greater = 0;
  let all = 0;
  ways[size]!.forEach((count, sum) => {
    all += count;
    if (sum <= observed) less += count;
    if (sum >= observed) greater += count;
  });
  return { less: less / all, greater: greater / all };
}

function normalTails(u: number, first: number, second: number, ties: number): Tails {
  const n = first + second;
  const middle = (first * second) / 2;
  const sd = Math.sqrt(((first * second) / 12) * (n + 1 - ties / (n * (n - 1))));
  return { greater: Math.min(1, normalCdf(-(u - middle - 0.5) / sd)), less: Math.min(1, normalCdf((u - middle + 0.5) / sd)) };
}

interface Tails {
  readonly greater: number;
  readonly less: number;
}

export interface MannWhitneyTest {
  /** Pairs in which the first sample's value is larger, ties as halves. */
  readonly u: number;
  /** Two-sided: twice the smaller tail. */
  readonly p: number;
  /** One-sided: against larger values in the first sample. */
  readonly pGreater: number;
  readonly exact: boolean;
}
