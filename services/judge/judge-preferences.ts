import type { JudgeSessionRequest, JudgeTurnRequest, TurnVerdict } from '../gen/attune/judge/v1/judge.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { seedFrom } from '../platform/random.ts';
import { agentTurns, dialogueText } from './dialogue.ts';
import type { AgentTurnText } from './dialogue.ts';
import { prompts } from './prompts.ts';
import { preferencesOf, shuffled } from './shown-preferences.ts';
import { ballotOf, ballotsDiffer, turnVerdict } from './turn-verdict.ts';
import type { TurnBallot } from './turn-verdict.ts';
import { sessionFormat, turnFormat } from './verdict-format.ts';
import { askModel, collectVotes, counted } from './voting.ts';
import type { Asked, Bench, Vote, VoteCall } from './voting.ts';

/** Judges every agent turn of a session: in one call for all of them, or in one for each, as the mode says. A session without agent turns costs no call. */
export async function judgeSession(request: JudgeSessionRequest, bench: Bench): Promise<TurnVerdict[]> {
  const turns = agentTurns(request.dialogue);
  const preferences = preferencesOf(request.profile);
  if (turns.length === 0) return [];
  if (bench.config.mode === 'turn') return Promise.all(turns.map((agentTurn) => judgeOne(request, preferences, agentTurn, seedFrom(request.seed, 'turn', agentTurn.turn), bench)));
  return judgeAll(request, preferences, turns, bench);
}

/** Judges one agent turn in a call of its own. */
export async function judgeTurn(request: JudgeTurnRequest, bench: Bench): Promise<TurnVerdict> {
  const agentTurn = agentTurns(request.dialogue)[request.turn];
  if (!agentTurn) throw new AttuneError('invalid_argument', `The dialogue has no agent turn ${request.turn}.`);
  return judgeOne(request, preferencesOf(request.profile), agentTurn, request.seed, bench);
}

/**
 * One call a vote for all turns. The transcript comes first in the prompt, so that a server's prefix cache serves several judgements of one
 * session; the preferences follow in an order shuffled by the vote's seed. A turn that an answer leaves out is unread in that vote.
 */
async function judgeAll({ dialogue, seed }: JudgeSessionRequest, preferences: readonly Preference[], turns: readonly AgentTurnText[], bench: Bench): Promise<TurnVerdict[]> {
  const text = dialogueText(dialogue);
  const ask = async (call: VoteCall): Promise<Asked<SessionBallot>> => {
    const shown = shuffled(preferences, call.seed);
    const content = prompts.session.render({ dialogue: text, preferences: shown.text });
    const asked = await askModel(call, content, sessionFormat(shown.count), call.config.maxTokens * Math.min(turns.length, MOST_TURN_BUDGETS));
    if ('reason' in asked) return asked;
    const { turns: entries } = asked.value;
    return {
      value: turns.map(({ turn }) => {
        const entry = entries.find((one) => one.turn === turn);
        return entry ? { value: ballotOf(entry, shown) } : { reason: 'the judge gave no entry for this turn' };
      }),
    };
  };
  const on = (votes: readonly SessionBallot[], index: number) => counted(votes.map((vote) => vote[index]!));
  const votes = await collectVotes(bench, seed, ask, (values) => turns.some((agentTurn, index) => ballotsDiffer(on(values, index), preferences, agentTurn)));
  return turns.map((agentTurn, index) => {
    const own = votes.map((vote): Vote<TurnBallot> => ('value' in vote ? { panelist: vote.panelist, repeat: vote.repeat, ...vote.value[index]! } : vote));
    return turnVerdict(own, preferences, agentTurn);
  });
}

async function judgeOne({ dialogue }: Pick<JudgeTurnRequest, 'dialogue'>, preferences: readonly Preference[], agentTurn: AgentTurnText, seed: number, bench: Bench): Promise<TurnVerdict> {
  // What came after the turn must not sway its verdict.
  const text = dialogueText(dialogue.slice(0, agentTurn.position + 1));
  const ask = async (call: VoteCall): Promise<Asked<TurnBallot>> => {
    const shown = shuffled(preferences, call.seed);
    const content = prompts.turn.render({ dialogue: text, preferences: shown.text, turn: String(agentTurn.turn) });
    const asked = await askModel(call, content, turnFormat(shown.count));
    return 'reason' in asked ? asked : { value: ballotOf(asked.value, shown) };
  };
  const votes = await collectVotes(bench, seed, ask, (ballots) => ballotsDiffer(ballots, preferences, agentTurn));
  return turnVerdict(votes, preferences, agentTurn);
}

/** Long sessions get no more room than eight turns need, since most of an answer's lists are short. */
const MOST_TURN_BUDGETS = 8;

/** One vote about all turns of a session, in their order. */
type SessionBallot = Asked<TurnBallot>[];
