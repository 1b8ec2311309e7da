import type { TurnVerdict } from '../../../gen/attune/judge/v1/judge.ts';
import type { Preference, Profile } from '../../../gen/attune/profile/v1/profile.ts';
import { checkRule, preferenceText } from '../../../catalogue/index.ts';
import { AttuneError } from '../../../platform/errors.ts';
import { rivalsIn } from '../../memory/blame.ts';
import type { Blame } from '../../memory/blame.ts';
import type { RunItem } from '../../memory/input.ts';
import { readMemory } from '../../memory/read-memory.ts';
import type { TurnView, VerdictView, Voiced } from '../../memory/session-view.ts';
import type { BlameCause } from './model.ts';

/**
 * Everything the records hold about one agent turn's violations: what was stated, extracted, stored, ranked and in the prompt, and what judge, rule and simulated
 * user said. `items` are the sessions of one method and user, in order, from the first on. Throws `not_found` for a session or a turn that is not there.
 */
export async function evidenceOf(items: AsyncIterable<RunItem>, profile: Profile, { session, turn }: { session: number; turn: number }): Promise<Evidence> {
  for await (const { item, view, blames } of readMemory({ items, profiles: [profile] }, { k: 1 })) {
    if (view.session !== session) continue;
    const found = view.turns.find((one) => one.turn === turn);
    const said = item.record.turns.find((one) => one.turn === turn);
    if (!found || !said?.agent) throw new AttuneError('not_found', `Session ${session} of ${profile.userId} with ${view.method} should have an agent turn ${turn}, found ${turnsOf(view.turns)}.`);
    const verdict = item.turns?.find((one) => one.turn === turn);
    const exchange = { userMessage: said.user?.userMessage ?? '', agentMessage: said.agent.agentMessage };
    return {
      method: view.method,
      userId: view.userId,
      session,
      turn,
      ...exchange,
      unscored: found.verdict ? null : (verdict?.reason ?? 'it was not judged'),
      followed: [...(found.verdict?.followed ?? [])],
      violations: blames.filter((blame) => blame.turn === turn).map((blame) => violationOf(blame, found, { profile, verdict: verdict!, view: found.verdict!, exchange })),
    };
  }
  throw new AttuneError('not_found', `There is no record of session ${session} of ${profile.userId} with this method.`);
}

function violationOf({ preferenceId, cause }: Blame, turn: TurnView, { profile, verdict, view, exchange }: Judged): ViolationEvidence {
  const preference = profile.preferences.find(({ id }) => id === preferenceId);
  const check = turn.checks.find(({ id }) => id === preferenceId);
  return {
    preferenceId,
    text: preference ? preferenceText(preference) : '',
    cause,
    stated: turn.stated.get(preferenceId) ?? [],
    extracted: turn.extracted.get(preferenceId) ?? [],
    ranking: turn.ranking && { candidates: turn.ranking.length, cards: rankedCards(turn, preferenceId) },
    memory: { notes: turn.notes?.length ?? null, saying: turn.notes?.filter(({ ids }) => ids.includes(preferenceId)).map(({ text }) => text) ?? [], holds: turn.inMemory.has(preferenceId) },
    inDialogue: turn.inDialogue.has(preferenceId),
    judge: { type: verdict.violations.find((one) => one.preferenceId === preferenceId)?.type ?? '', certainty: verdict.certainty, ...votesAgainst(verdict, preferenceId) },
    rule: ruleEvidence(preference, view, exchange),
    simulator: check ? { applies: check.applies, satisfied: check.satisfied ?? null, why: check.why } : null,
    rivals: [...rivalsIn(profile)(preferenceId)].map((id) => ({ id, followed: view.followed.has(id) || view.overApplied.has(id), inMemory: turn.inMemory.has(id) })),
  };
}

function rankedCards({ ranking }: TurnView, preferenceId: string): RankedEvidence[] {
  return (ranking ?? []).flatMap(({ note, chosen, probability, bonus, cardId }, index) =>
    note?.ids.includes(preferenceId) ? [{ cardId, text: note.text, rank: index + 1, chosen, probability, bonus }] : [],
  );
}

function votesAgainst({ votes }: TurnVerdict, preferenceId: string): { votes: number; against: number } {
  const counting = votes.filter(({ reason }) => reason === '');
  return { votes: counting.length, against: counting.filter(({ violations }) => violations.some((one) => one.preferenceId === preferenceId)).length };
}

function ruleEvidence(preference: Preference | undefined, { ruleDecided, ruleDisagreed }: VerdictView, { userMessage, agentMessage }: Exchange): ViolationEvidence['rule'] {
  if (!preference || preference.rule === '') return null;
  return { name: preference.rule, holds: checkRule(preference.rule, agentMessage, { userMessage }), decided: ruleDecided.has(preference.id), judgeDisagreed: ruleDisagreed.has(preference.id) };
}

function turnsOf(turns: readonly TurnView[]): string {
  return turns.length === 0 ? 'none' : `the turns ${turns.map(({ turn }) => turn).join(', ')}`;
}

/** One agent turn and why it violated what it did. */
export interface Evidence extends Exchange {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  readonly turn: number;
  /** Why the turn has no verdict; null when it has one. */
  readonly unscored: string | null;
  readonly followed: readonly string[];
  readonly violations: readonly ViolationEvidence[];
}

export interface ViolationEvidence {
  readonly preferenceId: string;
  readonly text: string;
  readonly cause: BlameCause;
  /** The first place and the latest ones before the reply. */
  readonly stated: readonly Voiced[];
  readonly extracted: readonly Voiced[];
  /** Where its cards stood among the candidates, rank 1 first; null without a retrieval. */
  readonly ranking: { readonly candidates: number; readonly cards: readonly RankedEvidence[] } | null;
  /** `notes` is null for a memory that is a history of conversations. */
  readonly memory: { readonly notes: number | null; readonly saying: readonly string[]; readonly holds: boolean };
  readonly inDialogue: boolean;
  /** Votes that count and those that found it violated; both 0 when there was one verdict. */
  readonly judge: { readonly type: string; readonly certainty: number; readonly votes: number; readonly against: number };
  /** Null: the preference has no rule check. `holds` null: it cannot decide on this reply. */
  readonly rule: { readonly name: string; readonly holds: boolean | null; readonly decided: boolean; readonly judgeDisagreed: boolean } | null;
  readonly simulator: { readonly applies: boolean; readonly satisfied: boolean | null; readonly why: string } | null;
  /** The other preferences of its conflict group. */
  readonly rivals: readonly { readonly id: string; readonly followed: boolean; readonly inMemory: boolean }[];
}

interface RankedEvidence {
  readonly cardId: string;
  readonly text: string;
  readonly rank: number;
  readonly chosen: boolean;
  readonly probability: number;
  /** The user vector's addition to the score. */
  readonly bonus: number;
}

interface Exchange {
  readonly userMessage: string;
  readonly agentMessage: string;
}

interface Judged {
  readonly profile: Profile;
  readonly verdict: TurnVerdict;
  readonly view: VerdictView;
  readonly exchange: Exchange;
}
