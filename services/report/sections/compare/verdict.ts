import { ALPHA, FEWEST_PROFILES, type ComparedMetric } from './family.ts';
import type { CompareDifference } from './model.ts';
import type { MeanTest } from './paired.ts';

/** Whether a corrected difference is for the better; "unclear" when it is not significant or the profiles are too few to say. */
export function verdictOf(metric: Pick<ComparedMetric, 'direction'>, { profiles, difference }: Pick<MeanTest, 'profiles' | 'difference'>, pHolm: number | null): CompareDifference['verdict'] {
  if (pHolm === null || pHolm >= ALPHA || profiles < FEWEST_PROFILES || !difference || metric.direction === 'neutral') return 'unclear';
  return difference > 0 === (metric.direction === 'higher') ? 'better' : 'worse';
}
