import { checkRule } from '../catalogue/index.ts';
import { TurnVerdict, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import type { AgentTurnText } from './dialogue.ts';
import type { ShownPreferences } from './shown-preferences.ts';
import type { TurnAnswer } from './verdict-format.ts';
import { counted, keptVotes, meanCertainty, whyUnread } from './voting.ts';
import type { Vote } from './voting.ts';

/** A model's answer about one agent turn with its numbers mapped back to ids. Followed or violated means applicable; overruled means not, over-applied neither. */
export function ballotOf(answer: TurnAnswer, shown: ShownPreferences): TurnBallot {
  const overruled = new Set(shown.idsOf(answer.overruled));
  const kept = (numbers: readonly number[]) => new Set(shown.idsOf(numbers).filter((id) => !overruled.has(id)));
  const violated = new Map(answer.violated.flatMap(({ preference, type }) => [...kept([preference])].map((id) => [id, type as string] as const)));
  const followed = kept(answer.followed);
  const applicable = new Set([...kept(answer.applicable_preferences), ...followed, ...violated.keys()]);
  const overApplied = new Set([...kept(answer.over_personalization)].filter((id) => !applicable.has(id)));
  return { overruled, applicable, followed, violated, overApplied, certainty: answer.certainty };
}

/**
 * The verdict on one agent turn. A preference applies, was overruled or over-applied when more than half of the readable votes say so. Of
 * one that applies, the votes that called it applicable say whether it was followed or violated, again by more than half; without such a
 * majority it counts as neither, as it does when one vote says neither. Then rules override: where a rule check can decide whether an
 * applicable preference was followed, the rule decides and the votes are only compared with it (spec: algorithm.md 7.4).
 */
export function turnVerdict(votes: readonly Vote<TurnBallot>[], preferences: readonly Preference[], agentTurn: AgentTurnText): TurnVerdict {
  const ballots = counted(votes);
  const verdict = TurnVerdict.fromPartial({ turn: agentTurn.turn, votes: keptVotes(votes, describe) });
  if (ballots.length === 0) return { ...verdict, status: VerdictStatus.UNSCORED, reason: whyUnread(votes) };
  const mostSay = (of: readonly TurnBallot[], says: (ballot: TurnBallot) => boolean) => 2 * of.filter(says).length > of.length;
  verdict.status = VerdictStatus.SCORED;
  verdict.certainty = meanCertainty(ballots);
  for (const preference of [...preferences].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const { id } = preference;
    if (mostSay(ballots, ({ overruled }) => overruled.has(id))) verdict.overruledIds.push(id);
    if (mostSay(ballots, ({ overApplied }) => overApplied.has(id))) verdict.overAppliedIds.push(id);
    if (!mostSay(ballots, ({ applicable }) => applicable.has(id))) continue;
    verdict.applicableIds.push(id);
    const concerned = ballots.filter(({ applicable }) => applicable.has(id));
    const voted = mostSay(concerned, ({ followed }) => followed.has(id)) ? true : mostSay(concerned, ({ violated }) => violated.has(id)) ? false : null;
    const ruled = ruledOn(preference, agentTurn);
    if (ruled !== null) {
      verdict.ruleDecidedIds.push(id);
      if (voted !== null && voted !== ruled) verdict.ruleDisagreedIds.push(id);
    }
    const followed = ruled ?? voted;
    if (followed === true) verdict.followedIds.push(id);
    if (followed === false) verdict.violations.push({ preferenceId: id, type: mostFrequent(concerned.flatMap(({ violated }) => violated.get(id) ?? [])) ?? 'other' });
  }
  return verdict;
}

/** Whether votes on one turn differ in anything that a verdict rests on; not in how sure they are or how they name a violation, nor where a rule decides. */
export function ballotsDiffer(ballots: readonly TurnBallot[], preferences: readonly Preference[], agentTurn: AgentTurnText): boolean {
  const [first, ...others] = ballots;
  if (!first || others.length === 0) return false;
  return preferences.some((preference) => {
    const differ = (on: (ballot: TurnBallot) => boolean) => others.some((ballot) => on(ballot) !== on(first));
    const { id } = preference;
    if (differ(({ applicable }) => applicable.has(id)) || differ(({ overruled }) => overruled.has(id)) || differ(({ overApplied }) => overApplied.has(id))) return true;
    return (differ(({ followed }) => followed.has(id)) || differ(({ violated }) => violated.has(id))) && ruledOn(preference, agentTurn) === null;
  });
}

function ruledOn({ rule }: Preference, agentTurn: AgentTurnText): boolean | null {
  return rule === '' ? null : checkRule(rule, agentTurn.reply, agentTurn);
}

/** Of equally frequent ones the first. */
function mostFrequent(types: readonly string[]): string | undefined {
  const times = (type: string) => types.filter((other) => other === type).length;
  return types.reduce<string | undefined>((best, type) => (best === undefined || times(type) > times(best) ? type : best), undefined);
}

function describe({ overruled, applicable, followed, violated, overApplied, certainty }: TurnBallot) {
  const sorted = (ids: Iterable<string>) => [...ids].sort();
  return {
    overruledIds: sorted(overruled),
    applicableIds: sorted(applicable),
    followedIds: sorted(followed),
    violations: sorted(violated.keys()).map((preferenceId) => ({ preferenceId, type: violated.get(preferenceId)! })),
    overAppliedIds: sorted(overApplied),
    certainty,
  };
}

/** What one vote says of one agent turn, in ids. */
export interface TurnBallot {
  overruled: ReadonlySet<string>;
  applicable: ReadonlySet<string>;
  followed: ReadonlySet<string>;
  /** With the type of each violation. */
  violated: ReadonlyMap<string, string>;
  overApplied: ReadonlySet<string>;
  /** 0 to 1. */
  certainty: number;
}
