import { addScaled } from './vector-math.ts';

/**
 * Where true preferences lie in the item space, as far as the cards of a run tell: the mean place of all cards, of whatever user, that express exactly one preference.
 * Only the preferences asked for at the start are kept.
 */
export function createItemTruths(wanted: ReadonlySet<string>): ItemTruths {
  const places = new Map<string, { sum: Float64Array; cards: number }>();
  return {
    add(wish, item) {
      if (!wanted.has(wish)) return;
      const place = places.get(wish) ?? { sum: new Float64Array(item.length), cards: 0 };
      addScaled(place.sum, item, 1);
      place.cards += 1;
      places.set(wish, place);
    },
    truthOf(wishes) {
      const found = [...wishes].flatMap((wish) => places.get(wish) ?? []);
      const first = found[0];
      if (!first) return { truth: null, covered: 0 };
      const truth = new Float64Array(first.sum.length);
      for (const { sum, cards } of found) addScaled(truth, sum, 1 / (cards * found.length));
      return { truth, covered: found.length };
    },
  };
}

interface ItemTruths {
  /** A card that expresses this wish alone lies here. */
  add(wish: string, item: Float32Array): void;
  /** The mean place of those of the wishes that have one. */
  truthOf(wishes: ReadonlySet<string>): { truth: Float64Array | null; covered: number };
}
