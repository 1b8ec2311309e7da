import { preferenceText } from '../catalogue/index.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault, Message, ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import { Mode, RespondResponse } from '../gen/attune/simulator/v1/simulator.ts';
import type { RespondRequest } from '../gen/attune/simulator/v1/simulator.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { CallOptions, ChatMessage, ModelClient, UsageMeter } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import type { SimulatorConfig } from './config.ts';
import { shownPreferences } from './shown-preferences.ts';
import { contradictionOf, FIRST_DRAFT, misuseOf, userTurnSchema, withoutStopWord } from './turn-format.ts';
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
  if (!request.profile || !request.task || ![Mode.MESSAGE, Mode.FINAL_DRAFT].some((known) => known === request.mode)) {
    throw new AttuneError('invalid_argument', 'Respond needs a profile, a task and a mode.');
  }
  if (request.dialogue.some((m) => m.role !== Role.USER && m.role !== Role.ASSISTANT)) {
    throw new AttuneError('invalid_argument', 'Respond needs a role for every message of the dialogue; one has none.');
  }
  const meter = createUsageMeter();
  const faults: Fault[] = [];
  const turn = request.dialogue.filter((m) => m.role === Role.USER).length;
  const fault = (kind: string, detail: string) => faults.push({ kind, turn, detail });

  const runaway = watchLength(meter, config.maxTokens);
  const shown = shownPreferences(request);
  const draft = request.draftAnswer || FIRST_DRAFT;
  const messages = [systemMessage(request, shown.map((p) => `- [${p.id}] ${preferenceText(p)}`), draft), ...swapRoles(request.dialogue)];
  const speaks = request.mode === Mode.MESSAGE;
  const shownIds = shown.map((p) => p.id);
  const ask = askModel(model, config, request.seed, (answer) => misuseOf(answer, shownIds, speaks), { signal, meter: runaway });

  let answer = await ask(messages);
  const contradiction = speaks ? contradictionOf(answer) : null;
  if (contradiction) {
    answer = await ask([...messages, ...correction(answer, contradiction)]);
    const again = contradictionOf(answer);
    if (again) {
      fault('sim_contradiction', again);
      answer = { ...answer, should_terminate: false };
    }
  }
  if (runaway.seen) fault('sim_runaway', 'an answer ran into its length limit');
  if (answer.enforce_preferences && answer.draft_answer !== draft) {
    fault('draft_leak', 'the draft changed while a preference was enforced; the old draft was kept');
    answer = { ...answer, draft_answer: draft };
  }
  return RespondResponse.fromPartial({
    userMessage: speaks ? withoutStopWord(answer.response) : '',
    draftAnswer: answer.draft_answer,
    preferenceChecks: answer.preference_checks.map(({ satisfied, ...check }) =>
      satisfied === null || !check.applies ? check : { ...check, satisfied },
    ),
    enforcesPreferences: answer.enforce_preferences,
    enforcedPreferenceIds: answer.enforce_preferences ? answer.enforced_preference_ids : [],
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
  check: (answer: UserTurnAnswer) => string | null,
  options: CallOptions,
) {
  return async (messages: ChatMessage[]): Promise<UserTurnAnswer> => {
    const { value } = await model.completeJson(
      { messages, temperature: config.temperature, maxTokens: config.maxTokens, seed },
      { name: 'user_turn', schema: userTurnSchema, check },
      options,
    );
    return value;
  };
}

/** Passes usage on and notes whether any single call, re-asks included, used up its limit of tokens. */
function watchLength(meter: UsageMeter, maxTokens: number): UsageMeter & { seen: boolean } {
  const watching = {
    ...meter,
    seen: false,
    add(usage: ModelUsage) {
      if (usage.completionTokens >= maxTokens) watching.seen = true;
      meter.add(usage);
    },
  };
  return watching;
}

function correction(answer: UserTurnAnswer, problem: string): ChatMessage[] {
  return [
    { role: 'assistant', content: JSON.stringify(answer) },
    { role: 'user', content: simulatorPrompts.contradiction.render({ problem }) },
  ];
}
