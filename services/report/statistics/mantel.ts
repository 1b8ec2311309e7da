import { createRandom, seedFrom } from '../../platform/random.ts';
import { pearson } from './correlation.ts';
import { midranks } from './ranks.ts';

/**
 * Mantel's test (N. Mantel, Cancer Research 27, 1967) with Spearman's rho: are two tables of numbers about pairs of users related? Pairs share users, so an ordinary
 * p-value is wrong; here the users' names on one side are shuffled, and p says how often rho gets as far from 0 as at hand. The order at hand counts as one shuffle, so p
 * is never 0. With `control`, a third table about the same pairs, what it explains linearly in the ranks is taken out of both first (a partial Mantel test on residuals).
 *
 * Tables hold each unordered pair of users once: 0 with 1, 0 with 2, … Null for fewer than three users and when nothing is left to correlate.
 * Throws RangeError for tables of another length.
 */
export function mantelTest(x: ArrayLike<number>, y: ArrayLike<number>, users: number, { seed, permutations = 10_000, control }: MantelOptions): MantelTest | null {
  const pairs = (users * (users - 1)) / 2;
  for (const table of control ? [x, y, control] : [x, y]) if (table.length !== pairs) throw new RangeError(`${users} users have ${pairs} pairs, found a table of ${table.length}.`);
  if (users < 3) return null;
  const left = scoresOf(x, control);
  const right = scoresOf(y, control);
  if (!left || !right) return null;
  const rho = pearson(left, right);
  if (rho === null) return null;

  const square = new Float64Array(users * users);
  let pair = 0;
  for (let first = 0; first < users; first += 1) {
    for (let second = first + 1; second < users; second += 1, pair += 1) square[first * users + second] = square[second * users + first] = right[pair]!;
  }
  // Shuffling keeps means and variances, so that only the sum of products can change.
  const products = (order: readonly number[]) => {
    let sum = 0;
    let index = 0;
    for (let first = 0; first < users; first += 1) {
      const row = order[first]! * users;
      for (let second = first + 1; second < users; second += 1, index += 1) sum += left[index]! * square[row + order[second]!]!;
    }
    return sum;
  };
  const names = Array.from({ length: users }, (_, index) => index);
  // A hair's breadth, because sums in another order differ in their last bits.
  const reached = Math.abs(products(names)) * (1 - 1e-9);
  const random = createRandom(seedFrom('mantel', seed));
  let asFar = 0;
  for (let round = 0; round < permutations; round += 1) if (Math.abs(products(random.shuffle(names))) >= reached) asFar += 1;
  return { rho, p: (1 + asFar) / (1 + permutations), permutations, users };
}

/** Ranks around zero, without what the control's ranks explain; null when nothing is left. */
function scoresOf(values: ArrayLike<number>, control: ArrayLike<number> | undefined): Float64Array | null {
  const centred = centre(midranks(values));
  const size = dot(centred, centred);
  if (size === 0) return null;
  if (!control) return centred;
  const other = centre(midranks(control));
  const weight = dot(other, other);
  if (weight === 0) return centred;
  const share = dot(centred, other) / weight;
  const rest = centred.map((score, index) => score - share * other[index]!);
  return dot(rest, rest) > size * 1e-12 ? rest : null;
}

function centre(ranks: Float64Array): Float64Array {
  const middle = (ranks.length + 1) / 2;
  return ranks.map((rank) => rank - middle);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}

export interface MantelOptions {
  readonly seed: number;
  /** 10,000 unless told. */
  readonly permutations?: number;
  readonly control?: ArrayLike<number>;
}

export interface MantelTest {
  /** Spearman's rho over all pairs; partial with a control. */
  readonly rho: number;
  /** Two-sided. */
  readonly p: number;
  readonly permutations: number;
  readonly users: number;
}
