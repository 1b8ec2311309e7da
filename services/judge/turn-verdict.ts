import { checkRule } from '../catalogue/index.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { TurnVerdict, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import type { TurnAnswer } from './verdict-format.ts';

/** One agent turn of a dialogue. */
export interface AgentTurnText {
  /** From 0; the greeting is no turn. */
  turn: number;
  reply: string;
  /** The user message it answers. */
  userMessage: string;
  /** Where the reply stands in the dialogue, from 0. */
  position: number;
}

/** The agent's turns of a dialogue, in order. */
export function agentTurns(dialogue: readonly Message[]): AgentTurnText[] {
  const turns: AgentTurnText[] = [];
  let userMessage: string | null = null;
  for (const [position, message] of dialogue.entries()) {
    if (message.role !== Role.USER && message.role !== Role.ASSISTANT) {
      throw new AttuneError('invalid_argument', 'Judging needs a role for every message of the dialogue; one has none.');
    }
    if (message.role === Role.USER) userMessage = message.content;
    else if (userMessage !== null) turns.push({ turn: turns.length, reply: message.content, userMessage, position });
  }
  return turns;
}

/**
 * Turns the model's answer about one agent turn into a verdict. `shown` is the order in which the
 * preferences stood in the prompt. Where a rule check can decide whether an applicable preference was
 * followed, the rule decides and the model is only compared with it (spec: algorithm.md 7.4).
 */
export function toTurnVerdict(answer: TurnAnswer, shown: readonly Preference[], agentTurn: AgentTurnText): TurnVerdict {
  // The format lets number 1 through when no preference was shown; such an id is dropped below.
  const idOf = (number: number) => shown[number - 1]?.id ?? '';
  const typeOf = new Map(answer.violated.map((v) => [idOf(v.preference), v.type as string]));
  const modelFollowed = new Set(answer.followed.map(idOf));
  const applicable = new Set([...answer.applicable_preferences.map(idOf), ...modelFollowed, ...typeOf.keys()]);

  const verdict = TurnVerdict.fromPartial({
    turn: agentTurn.turn,
    status: VerdictStatus.SCORED,
    certainty: answer.certainty,
    overAppliedIds: [...new Set(answer.over_personalization.map(idOf))].filter((id) => id !== '' && !applicable.has(id)).sort(),
  });
  for (const preference of [...shown].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (!applicable.has(preference.id)) continue;
    verdict.applicableIds.push(preference.id);
    const ruled = preference.rule === '' ? null : checkRule(preference.rule, agentTurn.reply, agentTurn);
    const modelSays = modelFollowed.has(preference.id) ? true : typeOf.has(preference.id) ? false : null;
    if (ruled !== null) {
      verdict.ruleDecidedIds.push(preference.id);
      if (modelSays !== null && modelSays !== ruled) verdict.ruleDisagreedIds.push(preference.id);
    }
    const followed = ruled ?? modelSays;
    if (followed === true) verdict.followedIds.push(preference.id);
    if (followed === false) {
      verdict.violations.push({ preferenceId: preference.id, type: typeOf.get(preference.id) ?? 'other' });
    }
  }
  return verdict;
}

/** A turn the judge could say nothing about, with the reason; never a zero. */
export function unscoredTurn(turn: number, reason: string): TurnVerdict {
  return TurnVerdict.fromPartial({ turn, status: VerdictStatus.UNSCORED, reason });
}
