import { krippendorffAlpha } from '../../statistics/krippendorff.ts';
import { intervalByUser, mean } from './by-user.ts';
import type { StabilityFigure, VerdictKind } from './model.ts';
import type { JudgeObservations, RepeatedItem } from './observations.ts';

/**
 * How often a judge that is asked again says something else. The flip rate of an item is the share of pairs of its answers that differ, so it does not grow with the
 * number of repeats; an item needs two readable answers. Judges of a panel are compared with themselves only. Whether a preference was followed is asked where the
 * answer calls it applicable.
 */
export function stabilityFigures({ items }: Pick<JudgeObservations, 'items'>): StabilityFigure[] {
  return KINDS.flatMap((kind) => {
    const rated = items.flatMap((item) => ratingsOf(item, kind)).filter(({ ratings }) => ratings.filter((rating) => rating !== null).length > 1);
    if (rated.length === 0) return [];
    const flipRate = (chosen: readonly Rated[]) => mean(chosen.map(({ ratings }) => differing(ratings)));
    return [{ kind, items: rated.length, flipRate: flipRate(rated), interval: intervalByUser(rated, flipRate), alpha: krippendorffAlpha(rated.map(({ ratings }) => ratings)) }];
  });
}

/** The flip rate of one judge over what scores are made of: tasks, and whether applicable preferences were followed. */
export function flipRateOf(items: readonly RepeatedItem[], judge: number): number | null {
  const own = items.map((item) => ({ ...item, said: [item.said[judge] ?? []] }));
  const rated = (['task', 'followed'] as const).flatMap((kind) => own.flatMap((item) => ratingsOf(item, kind))).filter(({ ratings }) => ratings.filter((rating) => rating !== null).length > 1);
  return mean(rated.map(({ ratings }) => differing(ratings)));
}

/** One entry a judge of the panel. */
function ratingsOf({ about, userId, said }: RepeatedItem, kind: VerdictKind): Rated[] {
  if (about !== (kind === 'task' || kind === 'probe' ? kind : 'turn')) return [];
  return said.map((answers) => ({ userId, ratings: answers.map((answer) => (answer === null ? null : READ[kind](answer))) }));
}

/** What an answer says about a kind of verdict; null for nothing. */
const READ: Record<VerdictKind, (said: string) => string | boolean | null> = {
  task: (said) => said,
  probe: (said) => said,
  applicable: (said) => said === 'followed' || said === 'violated' || said === 'undecided',
  followed: (said) => (said === 'followed' || said === 'violated' ? said : null),
  over_applied: (said) => said === 'over_applied',
};

const KINDS: readonly VerdictKind[] = ['task', 'applicable', 'followed', 'over_applied', 'probe'];

function differing(ratings: readonly (string | boolean | null)[]): number {
  const readable = ratings.filter((rating) => rating !== null);
  let pairs = 0;
  let differ = 0;
  for (let first = 0; first < readable.length; first += 1) {
    for (let second = first + 1; second < readable.length; second += 1) {
      pairs += 1;
      if (readable[first] !== readable[second]) differ += 1;
    }
  }
  return differ / pairs;
}

interface Rated {
  readonly userId: string;
  readonly ratings: readonly (string | boolean | null)[];
}
