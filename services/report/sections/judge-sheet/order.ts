import { wilsonInterval } from '../../../platform/intervals.ts';
import { intervalByUser, mean } from './by-user.ts';
import type { OrderFigures, PairOrderFigures, PlacedShare } from './model.ts';
import type { JudgeObservations, PairItem } from './observations.ts';

/**
 * Whether the place sways the verdict: in the list of preferences, which every repeat shuffles anew, so that the halves differ in nothing but the place; and among
 * two dialogues, asked in both orders.
 */
export function orderFigures({ items, pairs }: Pick<JudgeObservations, 'items' | 'pairs'>): OrderFigures {
  return { firstHalf: placedShare(items), pairs: pairOrder(pairs) };
}

function placedShare(items: JudgeObservations['items']): PlacedShare | null {
  const placed = items.flatMap(({ userId, said, turn }) => {
    if (turn === null) return [];
    return said.flatMap((answers, judge) => {
      const half = (first: boolean) => mean(answers.flatMap((answer, repeat) => (answer === null || turn.firstHalf[judge]![repeat] !== first ? [] : [Number(APPLICABLE.has(answer))])));
      const [first, second] = [half(true), half(false)];
      return first === null || second === null ? [] : [{ userId, difference: first - second }];
    });
  });
  const difference = (chosen: typeof placed) => mean(chosen.map((one) => one.difference));
  const found = difference(placed);
  return found === null ? null : { difference: found, interval: intervalByUser(placed, (chosen) => difference([...chosen])), items: placed.length };
}

function pairOrder(pairs: readonly PairItem[]): PairOrderFigures | null {
  const read = pairs.flatMap(({ straight, swapped }) => (straight === null || swapped === null ? [] : [{ straight, swapped }]));
  if (read.length === 0) return null;
  const flipped = read.filter(({ straight, swapped }) => straight !== MIRRORED[swapped]).length;
  const sides = read.flatMap(({ straight, swapped }) => [straight, swapped]).filter((side) => side !== 'tie');
  const first = sides.filter((side) => side === 'first').length;
  return { items: read.length, flipped: flipped / read.length, interval: wilsonInterval(flipped, read.length), first: sides.length === 0 ? null : first / sides.length, firstInterval: wilsonInterval(first, sides.length) };
}

const APPLICABLE: ReadonlySet<string> = new Set(['followed', 'violated', 'undecided']);
const MIRRORED = { first: 'second', second: 'first', tie: 'tie' } as const;
