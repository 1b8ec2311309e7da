import { ComparePairResponse, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { ComparePairRequest } from '../gen/attune/judge/v1/judge.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import { agentTurns, dialogueText } from './dialogue.ts';
import { prompts } from './prompts.ts';
import { preferencesOf, shuffled } from './shown-preferences.ts';
import { pairFormat } from './verdict-format.ts';
import { askModel, collectVotes, counted, keptVotes, majority, meanCertainty, whyUnread } from './voting.ts';
import type { Asked, Bench, VoteCall } from './voting.ts';

/**
 * Says which of two dialogues about one task suits the user better. Every vote asks twice, with the dialogues in both orders and the
 * preferences in one; what the two answers do not agree on is a tie that flipped (spec: peers.md 3.2, 3). A vote needs both answers. Over
 * several votes the verdict is what more than half of them prefer, and a tie otherwise, flipped when one of them did.
 */
export async function comparePair(request: ComparePairRequest, bench: Bench): Promise<Pick<ComparePairResponse, 'status' | 'reason' | 'preferred' | 'flipped' | 'certainty' | 'votes'>> {
  const preferences = preferencesOf(request.profile);
  const first = textOf(request.first, 'first');
  const second = textOf(request.second, 'second');
  const ask = async (call: VoteCall): Promise<Asked<PairBallot>> => {
    const shown = shuffled(preferences, call.seed);
    const inOrder = (one: string, other: string) => askModel(call, prompts.pair.render({ preferences: shown.text, first: one, second: other }), pairFormat);
    const [straight, swapped] = await Promise.all([inOrder(first, second), inOrder(second, first)]);
    if ('reason' in straight) return straight;
    if ('reason' in swapped) return swapped;
    const [preferred, mirrored] = [SIDES[straight.value.better], -SIDES[swapped.value.better]];
    const flipped = preferred !== mirrored;
    return { value: { preferred: flipped ? 0 : preferred, flipped, certainty: meanCertainty([straight.value, swapped.value]) } };
  };
  const votes = await collectVotes(bench, request.seed, ask, (ballots) => new Set(ballots.map(({ preferred }) => preferred)).size > 1);

  const ballots = counted(votes);
  const kept = keptVotes(votes, (ballot) => ballot);
  if (ballots.length === 0) return ComparePairResponse.fromPartial({ status: VerdictStatus.UNSCORED, reason: whyUnread(votes), votes: kept });
  const preferred = majority(ballots.map((ballot) => ballot.preferred)) ?? 0;
  const flipped = preferred === 0 && ballots.some((ballot) => ballot.flipped);
  return ComparePairResponse.fromPartial({ status: VerdictStatus.SCORED, preferred, flipped, certainty: meanCertainty(ballots), votes: kept });
}

function textOf(dialogue: readonly Message[], which: string): string {
  if (agentTurns(dialogue).length === 0) throw new AttuneError('invalid_argument', `Comparing needs two dialogues in which the agent answers; the ${which} has no agent turn.`);
  return dialogueText(dialogue);
}

const SIDES = { first: -1, tie: 0, second: 1 };

interface PairBallot {
  /** As in ComparePairResponse. */
  preferred: number;
  flipped: boolean;
  /** 0 to 1. */
  certainty: number;
}
