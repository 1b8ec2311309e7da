import { createRandom, seedFrom } from '../../platform/random.ts';
import { percentileInterval } from '../statistics/cluster-bootstrap.ts';
import type { Interval } from '../statistics/interval.ts';

/**
 * 95 % interval of Spearman's rho of pairs of users, from users drawn with replacement (spec: algorithm.md 7.6): a pair counts as often as both its users were drawn
 * together, a user's pairs with its own copies not at all. With a third table, of the partial rho. Weighted midranks need one pass over each table's order, which is
 * sorted once. Null below three users and when rho has no value in more than half of the resamples.
 */
export function bootstrapRho(tables: readonly Float64Array[], users: number, { seed, resamples }: { seed: number; resamples: number }): Interval | null {
  if (users < 3) return null;
  const known: number[] = [];
  const firsts: number[] = [];
  const seconds: number[] = [];
  let pair = 0;
  for (let first = 0; first < users; first += 1) {
    for (let second = first + 1; second < users; second += 1, pair += 1) {
      if (tables.some((table) => Number.isNaN(table[pair]))) continue;
      known.push(pair);
      firsts.push(first);
      seconds.push(second);
    }
  }
  const values = tables.map((table) => Float64Array.from(known, (index) => table[index]!));
  const orders = values.map((list) => Uint32Array.from(list.keys()).sort((a, b) => list[a]! - list[b]!));
  const random = createRandom(seedFrom('user vectors, bootstrap', seed, users));
  const weights = new Float64Array(known.length);
  const found = Float64Array.from({ length: resamples }, () => {
    const drawn = new Uint16Array(users);
    for (let draw = 0; draw < users; draw += 1) drawn[random.int(users)]! += 1;
    for (let index = 0; index < weights.length; index += 1) weights[index] = drawn[firsts[index]!]! * drawn[seconds[index]!]!;
    const ranks = values.map((list, side) => centredRanks(list, orders[side]!, weights));
    const [xy, xz, yz] = [correlation(ranks[0]!, ranks[1]!, weights), ranks[2] ? correlation(ranks[0]!, ranks[2], weights) : 0, ranks[2] ? correlation(ranks[1]!, ranks[2], weights) : 0];
    // A third table that is all equal holds nothing fixed.
    if (Number.isNaN(xz) || Number.isNaN(yz)) return xy;
    return ranks[2] ? (xy - xz * yz) / Math.sqrt((1 - xz * xz) * (1 - yz * yz)) : xy;
  });
  return percentileInterval(found.map((value) => (Number.isFinite(value) ? value : NaN)));
}

/** Midranks of values that each count `weights` times, around their mean. */
function centredRanks(values: Float64Array, order: Uint32Array, weights: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length);
  let below = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let weight = 0;
    for (; end < order.length && values[order[end]!] === values[order[start]!]; end += 1) weight += weights[order[end]!]!;
    for (let place = start; place < end; place += 1) ranks[order[place]!] = below + (weight + 1) / 2;
    below += weight;
    start = end;
  }
  // The mean rank of n values is (n + 1) / 2.
  for (let index = 0; index < ranks.length; index += 1) ranks[index]! -= (below + 1) / 2;
  return ranks;
}

/** NaN when one side is all equal. */
function correlation(x: Float64Array, y: Float64Array, weights: Float64Array): number {
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let index = 0; index < x.length; index += 1) {
    const weight = weights[index]!;
    xy += weight * x[index]! * y[index]!;
    xx += weight * x[index]! * x[index]!;
    yy += weight * y[index]! * y[index]!;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}
