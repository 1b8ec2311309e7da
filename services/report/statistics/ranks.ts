/** Ranks from 1 for the smallest; equal values share the mean of their places (midranks). */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1;
    for (let place = start; place < end; place += 1) result[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

/** The sum of t³ − t over groups of t equal values: what ties take from the variance of rank sums. */
export function tieSum(ranks: Float64Array): number {
  const sizes = new Map<number, number>();
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  let sum = 0;
  for (const size of sizes.values()) sum += size ** 3 - size;
  return sum;
}

/** Twice each midrank: whole numbers, so that rank sums can be counted exactly. */
export function doubledRanks(ranks: Float64Array): number[] {
  return Array.from(ranks, (rank) => Math.round(2 * rank));
}
