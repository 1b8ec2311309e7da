import { preferenceText } from '../catalogue/index.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault, Message } from '../gen/attune/conversation/v1/conversation.ts';
import { Mode, RespondResponse } from '../gen/attune/simulator/v1/simulator.ts';
import type { RespondRequest } from '../gen/attune/simulator/v1/simulator.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { CallOptions, ChatMessage, ModelClient } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import type { SimulatorConfig } from './config.ts';
import { shownPreferences } from './shown-preferences.ts';
import { contradictionOf, FIRST_DRAFT, STOP_WORD, userTurnSchema } from './turn-format.ts';
import type { UserTurnAnswer } from './turn-format.ts';

/**
 * Writes one user turn (spec: algorithm.md 1.2 to 1.6): asks the model, repairs what the rules forbid,
 * and says in `faults` what was repaired. Throws AttuneError when the model gives no usable answer.
 */
export async function respond(
  request: RespondRequest,
  config: SimulatorConfig,
  model: ModelClient,
  signal: AbortSignal,
): Promise<RespondResponse> {
  if (!request.profile || !request.task || request.mode === Mode.UNSPECIFIED) {
    throw new AttuneError('invalid_argument', 'Respond needs a profile, a task and a mode.');
  }
  const meter = createUsageMeter();
  const faults: Fault[] = [];
  const turn = request.dialogue.filter((m) => m.role === Role.USER).length;
  const fault = (kind: string, detail: string) => faults.push({ kind, turn, detail });

  const shown = shownPreferences(request);
  const draft = request.draftAnswer || FIRST_DRAFT;
  const messages = [systemMessage(request, shown.map((p) => `- [${p.id}] ${preferenceText(p)}`), draft), ...swapRoles(request.dialogue)];
  const speaks = request.mode === Mode.MESSAGE;
  const ask = askModel(model, config, request.seed, userTurnSchema(shown.map((p) => p.id), speaks), { signal, meter });

  const first = await ask(messages);
  if (first.runaway) fault('sim_runaway', 'the message ran into its length limit');
  let answer = first.answer;
  const contradiction = speaks ? contradictionOf(answer) : null;
  if (contradiction) {
    answer = (await ask([...messages, ...correction(answer, contradiction)])).answer;
    const again = contradictionOf(answer);
    if (again) {
      fault('sim_contradiction', again);
      answer = { ...answer, should_terminate: false };
    }
  }
  if (answer.enforce_preferences && answer.draft_answer !== draft) {
    fault('draft_leak', 'the draft changed while a preference was enforced; the old draft was kept');
    answer = { ...answer, draft_answer: draft };
  }
  return RespondResponse.fromPartial({
    userMessage: speaks ? withoutStopWord(answer.response) : '',
    draftAnswer: answer.draft_answer,
    preferenceChecks: answer.preference_checks.map(({ satisfied, ...check }) =>
      satisfied === null ? check : { ...check, satisfied },
    ),
    enforcesPreferences: answer.enforce_preferences,
    enforcedPreferenceIds: answer.enforced_preference_ids,
    expressesDisappointment: answer.expresses_disappointment,
    agentWasClarifying: answer.agent_was_clarifying,
    stop: speaks && answer.should_terminate && !answer.enforce_preferences,
    reasoning: answer.reasoning,
    faults,
    usage: meter.list(),
  });
}

/** The prompts a user is played with, for the run's manifest. */
export const simulatorPrompts = {
  user: loadPrompt(new URL('./prompts/user.md', import.meta.url)),
  probe: loadPrompt(new URL('./prompts/probe.md', import.meta.url)),
  contradiction: loadPrompt(new URL('./prompts/contradiction.md', import.meta.url)),
};

function systemMessage(request: RespondRequest, preferences: string[], draft: string): ChatMessage {
  const content = simulatorPrompts.user.render({
    persona: request.profile?.persona ?? '',
    task: request.task?.instruction ?? '',
    problem: request.task?.problem ?? '',
    preferences: preferences.join('\n'),
    draft,
    mode: request.mode === Mode.MESSAGE ? 'message' : 'final_draft',
    turnsLeft: String(request.turnsLeft),
    probe: request.probe ? simulatorPrompts.probe.render({ query: request.probe.query }) : '',
  });
  return { role: 'system', content };
}

/** In its own view the user is the one who writes, so the agent's messages arrive as `user`. */
function swapRoles(dialogue: readonly Message[]): ChatMessage[] {
  return dialogue.map((m) => ({ role: m.role === Role.ASSISTANT ? 'user' : 'assistant', content: m.content }));
}

function askModel(
  model: ModelClient,
  config: SimulatorConfig,
  seed: number,
  schema: ReturnType<typeof userTurnSchema>,
  options: CallOptions,
) {
  return async (messages: ChatMessage[]): Promise<{ answer: UserTurnAnswer; runaway: boolean }> => {
    const { value, usage, reasks } = await model.completeJson(
      { messages, temperature: config.temperature, maxTokens: config.maxTokens, seed },
      { name: 'user_turn', schema },
      options,
    );
    return { answer: value, runaway: usage.completionTokens / (reasks + 1) >= config.maxTokens };
  };
}

function correction(answer: UserTurnAnswer, problem: string): ChatMessage[] {
  return [
    { role: 'assistant', content: JSON.stringify(answer) },
    { role: 'user', content: simulatorPrompts.contradiction.render({ problem }) },
  ];
}

function withoutStopWord(text: string): string {
  return text.replaceAll(STOP_WORD, '').replace(/[ \t]{2,}/g, ' ').trim();
}
