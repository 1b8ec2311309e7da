import type { TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import type { Probe } from '../../gen/attune/simulator/v1/simulator.ts';

/**
 * The verdict on the reply to a planted probe, with the plan's word on which of its candidates applies (spec: algorithm.md 7.4): the expected one and no other. So a
 * rival is not violated, and a reply that follows one applies what it should not. Of an expected preference that the judge called not applicable nobody said whether it
 * was followed; it counts as neither, unless the reply visibly applied it.
 */
export function bySchedule(verdict: TurnVerdict, { candidateIds, expectedId }: Pick<Probe, 'candidateIds' | 'expectedId'>): TurnVerdict {
  const rivals = new Set(candidateIds.filter((id) => id !== expectedId));
  const isRival = (id: string) => rivals.has(id);
  const { applicableIds, followedIds, violations, overAppliedIds } = verdict;
  const applied = overAppliedIds.includes(expectedId);
  return {
    ...verdict,
    applicableIds: [...new Set([...applicableIds.filter((id) => !isRival(id)), expectedId])],
    followedIds: [...followedIds.filter((id) => !isRival(id)), ...(applied ? [expectedId] : [])],
    violations: violations.filter(({ preferenceId }) => !isRival(preferenceId)),
    overAppliedIds: [...new Set([...overAppliedIds.filter((id) => id !== expectedId), ...followedIds.filter(isRival)])],
  };
}
