import { byText } from '../../text-order.ts';
import { holm } from '../../statistics/holm.ts';
import { ALPHA, FEWEST_PROFILES } from './family.ts';
import type { TiedPair, TiedSets } from './model.ts';
import { testMean, type Pairing } from './paired.ts';

/**
 * Which methods cannot be told apart in one metric: every pair is tested over profiles, Holm's correction is over all pairs of the metric, and the groups are the
 * largest ones in which no pair differs. A method may be in several: a and b may be tied, b and c too, and a and c not. Best groups first. Methods without a value are in
 * no group, and `controls` are never best: they are there to be compared with.
 */
export function tiedSets(metric: { id: string; direction: 'higher' | 'lower' | 'neutral' }, methods: readonly string[], { profiles, differences }: Pairing, controls: readonly string[] = []): TiedSets {
  const pairs = methods.flatMap((a, i) => methods.slice(i + 1).map((b, offset) => ({ a, b, i, j: i + 1 + offset })));
  const tested = pairs.map(({ i, j }) => testMean(differences(i, j)));
  const corrected = holm(tested.map(({ p }) => p));
  const differ = methods.map(() => new Set<number>());
  pairs.forEach(({ i, j }, index) => {
    const p = corrected[index] ?? null;
    if (p === null || p >= ALPHA || tested[index]!.profiles < FEWEST_PROFILES) return;
    differ[i]!.add(j);
    differ[j]!.add(i);
  });
  const goodness = profiles.map((values) => goodnessOf(values, metric.direction));
  const order = [...methods.keys()].filter((index) => goodness[index] !== null).sort((a, b) => Number(goodness[b]! > goodness[a]!) - Number(goodness[b]! < goodness[a]!) || byText(methods[a]!, methods[b]!));
  const contenders = order.filter((index) => !controls.includes(methods[index]!));
  const placeOf = new Map(order.map((index, place) => [index, place]));
  const groups = maximalGroups(order, differ).sort((a, b) => comparePlaces(a.map((index) => placeOf.get(index)!), b.map((index) => placeOf.get(index)!)));
  return {
    metric: metric.id,
    groups: groups.map((group) => group.map((index) => methods[index]!)),
    bestOrTied: metric.direction === 'neutral' ? [] : contenders.filter((index) => !differ[contenders[0]!]!.has(index)).map((index) => methods[index]!),
    pairs: pairs.map(({ a, b }, index): TiedPair => ({ a, b, difference: tested[index]!.difference, p: tested[index]!.p, pHolm: corrected[index] ?? null })),
  };
}

/** C. Bron and J. Kerbosch's search for maximal cliques (Communications of the ACM 16, 1973) in the graph of methods that do not differ. */
function maximalGroups(order: readonly number[], differ: readonly ReadonlySet<number>[]): number[][] {
  if (order.length === 0) return [];
  const groups: number[][] = [];
  const tied = (method: number, others: readonly number[]) => others.filter((other) => other !== method && !differ[method]!.has(other));
  const grow = (group: readonly number[], candidates: readonly number[], done: readonly number[]) => {
    if (candidates.length === 0 && done.length === 0) groups.push([...group]);
    let left = candidates;
    let seen = done;
    for (const method of candidates) {
      grow([...group, method], tied(method, left), tied(method, seen));
      left = left.filter((other) => other !== method);
      seen = [...seen, method];
    }
  };
  grow([], order, []);
  return groups.map((group) => order.filter((method) => group.includes(method)));
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((place, index) => place !== b[index]);
  return at < 0 ? 0 : (a[at] ?? Infinity) - (b[at] ?? Infinity);
}

/** Mean over profiles, turned so that larger is better; null for a method without a value. */
function goodnessOf(values: Float64Array, direction: 'higher' | 'lower' | 'neutral'): number | null {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return null;
  const level = known.reduce((sum, value) => sum + value, 0) / known.length;
  return direction === 'lower' ? -level : level;
}
