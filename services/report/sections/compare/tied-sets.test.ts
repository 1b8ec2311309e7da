import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../platform/random.ts';
import { differencesOf } from './paired.ts';
import { tiedSets } from './tied-sets.ts';

const UP = { id: 'success', direction: 'higher' } as const;

describe('tiedSets', () => {
  test('overlapping groups: neighbours are tied, the ends are not', () => {
    const { groups, bestOrTied, pairs } = tiedSets(UP, ['low', 'middle', 'high'], levels([0, 0.4, 0.8]));
    expect(groups).toEqual([['high', 'middle'], ['middle', 'low']]);
    expect(bestOrTied).toEqual(['high', 'middle']);
    expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(['low middle', 'low high', 'middle high']);
    expect(pairs[1]!.pHolm).toBeLessThan(0.05);
  });

  test('lower is better where the metric says so; without a direction nothing is best', () => {
    const three = levels([0, 0.4, 0.8]);
    expect(tiedSets({ id: 'user_tokens', direction: 'lower' }, ['low', 'middle', 'high'], three)).toMatchObject({ groups: [['low', 'middle'], ['middle', 'high']], bestOrTied: ['low', 'middle'] });
    expect(tiedSets({ id: 'turns', direction: 'neutral' }, ['low', 'middle', 'high'], three).bestOrTied).toEqual([]);
  });

  test('all alike are one group; all different are alone', () => {
    expect(tiedSets(UP, ['a', 'b', 'c'], levels([0, 0, 0])).groups.map((group) => [...group].sort())).toEqual([['a', 'b', 'c']]);
    expect(tiedSets(UP, ['a', 'b', 'c'], levels([0, 5, 10])).groups).toEqual([['c'], ['b'], ['a']]);
  });

  test('the groups are exactly the maximal ones: no pair in a group differs, and whoever is outside differs from a member', () => {
    const random = createRandom(8);
    for (let round = 0; round < 20; round += 1) {
      const names = Array.from({ length: 7 }, (_, index) => `m${index}`);
      const { groups, pairs } = tiedSets(UP, names, levels(names.map(() => 2 * random.next()), round));
      const differ = (a: string, b: string) => pairs.some((pair) => pair.pHolm! < 0.05 && [pair.a, pair.b].includes(a) && [pair.a, pair.b].includes(b));
      for (const group of groups) {
        for (const a of group) for (const b of group) if (a !== b) expect(differ(a, b)).toBe(false);
        for (const other of names) if (!group.includes(other)) expect(group.some((member) => differ(member, other))).toBe(true);
      }
      expect(new Set(groups.flat()).size).toBe(7);
      expect(new Set(groups.map((group) => group.join())).size).toBe(groups.length);
    }
  });

  test('a method without a value is in no group and not tied with the best', () => {
    const { profiles } = levels([0, 0, 5]);
    const empty = Float64Array.from(profiles[0]!, () => NaN);
    expect(tiedSets(UP, ['none', 'b'], pairing([empty, profiles[1]!]))).toMatchObject({ groups: [['b']], bestOrTied: ['b'], pairs: [{ difference: null, p: null, pHolm: null }] });
    expect(tiedSets(UP, ['none', 'b', 'c'], pairing([empty, profiles[1]!, profiles[2]!])).bestOrTied).toEqual(['c']);
    expect(tiedSets(UP, ['none', 'nothing'], pairing([empty, empty]))).toMatchObject({ groups: [], bestOrTied: [] });
  });

  test('a control is in groups and never best', () => {
    expect(tiedSets(UP, ['a', 'b', 'oracle'], levels([0, 1, 5]), ['oracle'])).toMatchObject({ groups: [['oracle'], ['b'], ['a']], bestOrTied: ['b'] });
  });
});

/** 20 profiles evenly around each level, in an order of its own, so that half a step is not seen and a whole one is. */
function levels(means: readonly number[], seed = 1) {
  const around = Array.from({ length: 20 }, (_, index) => (index - 9.5) / 8);
  return pairing(means.map((mean, index) => Float64Array.from(createRandom(100 * seed + index).shuffle(around), (value) => mean + value)));
}

function pairing(profiles: readonly Float64Array[]) {
  return { profiles, differences: (a: number, b: number) => differencesOf(profiles[a]!, profiles[b]!) };
}
