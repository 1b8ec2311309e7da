import { preferenceText } from '../catalogue/index.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import type {
  JudgeSessionRequest,
  JudgeTurnRequest,
  TurnVerdict,
} from '../gen/attune/judge/v1/judge.ts';
import type { Preference, Profile } from '../gen/attune/profile/v1/profile.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import type { CallOptions, ModelClient } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import { createRandom, seedFrom } from '../platform/random.ts';
import type { JudgeConfig } from './config.ts';
import { agentTurns, toTurnVerdict, unscoredTurn } from './turn-verdict.ts';
import { sessionVerdictsSchema, turnVerdictSchema } from './verdict-format.ts';

/**
 * Judges every agent turn of a session in one model call. The transcript comes first in the prompt, so
 * that a server's prefix cache serves several judgements of one session; the preferences follow in an
 * order shuffled by the seed. A turn the model leaves out, or an answer that cannot be read after the
 * re-asks, ends in unscored verdicts with the reason.
 */
export async function judgeSession(
  request: JudgeSessionRequest,
  config: JudgeConfig,
  model: ModelClient,
  options: CallOptions,
): Promise<TurnVerdict[]> {
  const turns = agentTurns(request.dialogue);
  if (turns.length === 0) return [];
  const shown = shuffled(request.profile, request.seed);
  const content = preferencePrompts.session.render({
    dialogue: dialogueText(request.dialogue),
    preferences: numbered(shown),
  });
  const asked = await unlessUnreadable(
    model.completeJson(
      {
        messages: [{ role: 'user', content }],
        temperature: config.temperature,
        maxTokens: config.maxTokens * Math.min(turns.length, 8),
        seed: request.seed,
      },
      { name: 'session_verdicts', schema: sessionVerdictsSchema(shown.length) },
      options,
    ),
  );
  if ('reason' in asked) return turns.map(({ turn }) => unscoredTurn(turn, asked.reason));
  return turns.map((agentTurn) => {
    const answer = asked.value.turns.find((entry) => entry.turn === agentTurn.turn);
    return answer
      ? toTurnVerdict(answer, shown, agentTurn)
      : unscoredTurn(agentTurn.turn, 'the judge gave no entry for this turn');
  });
}

/** Judges one agent turn in a call of its own. */
export async function judgeTurn(
  request: JudgeTurnRequest,
  config: JudgeConfig,
  model: ModelClient,
  options: CallOptions,
): Promise<TurnVerdict> {
  const agentTurn = agentTurns(request.dialogue)[request.turn];
  if (!agentTurn) {
    throw new AttuneError('invalid_argument', `The dialogue has no agent turn ${request.turn}.`);
  }
  const shown = shuffled(request.profile, request.seed);
  const content = preferencePrompts.turn.render({
    // What came after the turn must not sway its verdict.
    dialogue: dialogueText(request.dialogue.slice(0, agentTurn.position + 1)),
    preferences: numbered(shown),
    turn: String(request.turn),
  });
  const asked = await unlessUnreadable(
    model.completeJson(
      { messages: [{ role: 'user', content }], temperature: config.temperature, maxTokens: config.maxTokens, seed: request.seed },
      { name: 'turn_verdict', schema: turnVerdictSchema(shown.length) },
      options,
    ),
  );
  return 'reason' in asked ? unscoredTurn(request.turn, asked.reason) : toTurnVerdict(asked.value, shown, agentTurn);
}

export const preferencePrompts = {
  session: loadPrompt(new URL('./prompts/session.md', import.meta.url)),
  turn: loadPrompt(new URL('./prompts/turn.md', import.meta.url)),
};

/** An answer that cannot be read is a verdict without a score; a model that cannot be reached is an error. */
export async function unlessUnreadable<T>(call: Promise<{ value: T }>): Promise<{ value: T } | { reason: string }> {
  try {
    return { value: (await call).value };
  } catch (error) {
    const known = AttuneError.from(error);
    if (known.code === 'failed_precondition') return { reason: known.message };
    throw known;
  }
}

function shuffled(profile: Profile | undefined, seed: number): Preference[] {
  if (!profile) throw new AttuneError('invalid_argument', 'Judging preferences needs a profile.');
  return createRandom(seedFrom('judge-order', seed)).shuffle(profile.preferences);
}

function numbered(shown: readonly Preference[]): string {
  return shown.map((p, i) => `${i + 1}. ${preferenceText(p)}`).join('\n');
}

function dialogueText(dialogue: readonly Message[]): string {
  let turn = -1;
  let started = false;
  return dialogue
    .map((message) => {
      if (message.role === Role.USER) {
        started = true;
        return `[user] ${message.content}`;
      }
      return started ? `[agent turn ${++turn}] ${message.content}` : `[agent greeting] ${message.content}`;
    })
    .join('\n\n');
}
