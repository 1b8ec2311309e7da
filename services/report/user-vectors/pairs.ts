import { mannWhitney } from '../statistics/mann-whitney.ts';
import { mantelTest } from '../statistics/mantel.ts';
import { quantileSorted } from '../statistics/interval.ts';
import { partialSpearman, spearman } from '../statistics/correlation.ts';
import type { Association, Extremes } from '../sections/vectors/model.ts';
import { bootstrapRho } from './bootstrap-rho.ts';

/** A number for each unordered pair of users: 0 with 1, 0 with 2, …; NaN where there is none. */
export function pairTable<T>(users: readonly T[], likeness: (a: T, b: T) => number | null): Float64Array {
  const table = new Float64Array((users.length * (users.length - 1)) / 2);
  let pair = 0;
  for (let first = 0; first < users.length; first += 1) {
    for (let second = first + 1; second < users.length; second += 1, pair += 1) table[pair] = likeness(users[first]!, users[second]!) ?? NaN;
  }
  return table;
}

/**
 * Whether users who are alike in one way are alike in another (spec: algorithm.md 7.6). Rho is over all pairs that have a number on each side. Pairs share users, so an
 * ordinary p-value would be wrong: p comes from a Mantel test over the users who lack no number, the interval from resampled users. With `control`, what it explains is
 * taken out of both sides first.
 */
export function associate(x: Float64Array, y: Float64Array, users: number, { seed, permutations = PERMUTATIONS, resamples = RESAMPLES, control }: AssociateOptions): Association {
  const tables = control ? [x, y, control] : [x, y];
  const known = [...x.keys()].filter((pair) => tables.every((table) => !Number.isNaN(table[pair])));
  const [left, right, third] = tables.map((table) => Float64Array.from(known, (pair) => table[pair]!)) as [Float64Array, Float64Array, Float64Array?];
  const complete = completeUsers(tables, users);
  const [inner, outer, held] = tables.map((table) => tableOf(table, complete, users)) as [Float64Array, Float64Array, Float64Array?];
  const test = mantelTest(inner, outer, complete.length, { seed, permutations, ...(held && { control: held }) });
  const rho = third ? partialSpearman(left, right, third) : spearman(left, right);
  const interval = rho === null ? null : bootstrapRho(tables, users, { seed, resamples });
  return { rho, p: test?.p ?? null, permutations, interval, pairs: x.length, missing: x.length - known.length };
}

/** Cosines of the pairs whose likeness lies in the lowest and in the highest share; null when there is no telling them apart. */
export function extremes(likeness: Float64Array, cosines: Float64Array, share: number): Extremes | null {
  const known = [...likeness.keys()].filter((pair) => !Number.isNaN(likeness[pair]) && !Number.isNaN(cosines[pair]));
  const sorted = known.map((pair) => likeness[pair]!).sort((a, b) => a - b);
  const [low, high] = [quantileSorted(sorted, share), quantileSorted(sorted, 1 - share)];
  if (!(low < high)) return null;
  const bottom = known.filter((pair) => likeness[pair]! <= low).map((pair) => cosines[pair]!);
  const top = known.filter((pair) => likeness[pair]! >= high).map((pair) => cosines[pair]!);
  const test = mannWhitney(top, bottom);
  return test && { bottom: { pairs: bottom.length, meanCosine: mean(bottom) }, top: { pairs: top.length, meanCosine: mean(top) }, u: test.u, p: test.p };
}

const PERMUTATIONS = 10_000;
const RESAMPLES = 1_000;

/** Users that lack no number with anybody who lacks none: those with fewest numbers are left out, one by one. */
function completeUsers(tables: readonly Float64Array[], users: number): number[] {
  const isMissing = new Uint8Array(users * users);
  const missing = new Uint32Array(users);
  let pair = 0;
  for (let first = 0; first < users; first += 1) {
    for (let second = first + 1; second < users; second += 1, pair += 1) {
      if (!tables.some((table) => Number.isNaN(table[pair]))) continue;
      isMissing[first * users + second] = isMissing[second * users + first] = 1;
      missing[first]! += 1;
      missing[second]! += 1;
    }
  }
  const kept = new Set(Array.from({ length: users }, (_, user) => user));
  for (;;) {
    const worst = [...kept].reduce((a, b) => (missing[b]! > missing[a]! ? b : a), [...kept][0] ?? 0);
    if (kept.size === 0 || missing[worst] === 0) return [...kept];
    kept.delete(worst);
    for (const other of kept) missing[other]! -= isMissing[worst * users + other]!;
  }
}

/** The part of a table that speaks of some users. */
function tableOf(table: Float64Array, kept: readonly number[], users: number): Float64Array {
  if (kept.length === users) return table;
  const at = (first: number, second: number) => first * users - (first * (first + 1)) / 2 + second - first - 1;
  const part = new Float64Array((kept.length * (kept.length - 1)) / 2);
  let pair = 0;
  kept.forEach((first, index) => {
    for (const second of kept.slice(index + 1)) part[pair++] = table[at(first, second)]!;
  });
  return part;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export interface AssociateOptions {
  readonly seed: number;
  readonly permutations?: number;
  readonly resamples?: number;
  readonly control?: Float64Array;
}
