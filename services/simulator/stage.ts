import type { z } from 'zod';
import { preferenceText } from '../catalogue/index.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import { Mode } from '../gen/attune/simulator/v1/simulator.ts';
import type { RespondRequest } from '../gen/attune/simulator/v1/simulator.ts';
import type { ChatMessage, ModelClient, UsageMeter } from '../platform/models/index.ts';
import { SIMULATOR_DEFAULTS } from './config.ts';
import type { SimulatorConfig } from './config.ts';
import { patienceOf } from './patience.ts';
import type { SimulatorPrompts } from './prompts.ts';
import { shownPreferences } from './shown-preferences.ts';
import { FIRST_DRAFT } from './turn-format.ts';

/** Sets up one turn: what the user sees, and how its models are asked. */
export function setStage(request: RespondRequest, deps: StageDeps): Stage {
  const { config, prompts, meter, signal } = deps;
  const { probe } = request;
  const shown = shownPreferences(request);
  const draft = request.draftAnswer || FIRST_DRAFT;
  const dialogue = swapRoles(request.dialogue);
  // All methods ask about one user with the same beginning, so that they share it in a server's prefix cache.
  const affinity = request.profile?.userId;
  const options = { signal, meter, ...(affinity !== undefined && { affinity }) };
  const steps = config.stepByStep ? prompts.stepByStep.render({}) : '';
  const asked = probe ? prompts.probe.render({ query: probe.query, cueSpan: probe.cueSpan || probe.query }) : '';
  const decoding = { temperature: config.temperature, maxTokens: config.maxTokens };
  return {
    request,
    prompts,
    shown,
    shownIds: shown.map(({ id }) => id),
    draft,
    dialogue,
    speaks: request.mode === Mode.MESSAGE,
    opening: !request.dialogue.some(({ role }) => role === Role.USER),
    model: deps.model,
    fieldsModel: deps.fieldsModel,
    values: {
      persona: request.profile?.persona ?? '',
      task: request.task?.instruction ?? '',
      problem: request.task?.problem ?? '',
      draft,
    },
    patience: request.profile ? String(patienceOf(request.profile)) : '',
    mode: request.mode === Mode.MESSAGE ? 'message' : 'final_draft',
    extras: [steps, asked].filter(Boolean).join('\n'),
    extrasWithoutProbe: steps,
    async askJson(model, system, format, after = []) {
      const messages: ChatMessage[] = [{ role: 'system', content: system }, ...dialogue, ...after];
      return (await model.completeJson({ messages, ...decoding, maxTokens: mostJsonTokens(config), seed: request.seed }, format, options)).value;
    },
    async askText(system, seed) {
      const completion = await deps.model.complete({ messages: [{ role: 'system', content: system }, ...dialogue], ...decoding, seed }, options);
      if (completion.finishReason === 'length') deps.onLength();
      return completion.refused ? '' : completion.text.trim();
    },
  };
}

/** The most tokens of an answer in JSON. A limit that is set for a user who only writes messages must not cut the private fields, which another call gives. */
export function mostJsonTokens({ style, maxTokens }: SimulatorConfig): number {
  return style === 'plain_text' ? Math.max(maxTokens, SIMULATOR_DEFAULTS.maxTokens) : maxTokens;
}

/** The lines of the list that a user is shown. */
export function preferenceLines(preferences: readonly Preference[]): string {
  return preferences.map((p) => `- [${p.id}] ${preferenceText(p)}${p.enforceDescription && `\n  ${p.enforceDescription}`}`).join('\n');
}

/** In its own view the user is the one who writes, so the agent's messages arrive as `user`. */
function swapRoles(dialogue: readonly Message[]): ChatMessage[] {
  return dialogue.map((m) => ({ role: m.role === Role.ASSISTANT ? 'user' : 'assistant', content: m.content }));
}

export interface StageDeps {
  config: SimulatorConfig;
  prompts: SimulatorPrompts;
  model: ModelClient;
  fieldsModel: ModelClient;
  meter: UsageMeter;
  signal: AbortSignal;
  /** An answer in words ran into its limit of tokens. */
  onLength(): void;
}

/** One turn as the styles see it. */
export interface Stage {
  readonly request: RespondRequest;
  readonly prompts: SimulatorPrompts;
  readonly shown: readonly Preference[];
  readonly shownIds: readonly string[];
  /** The draft answer so far. */
  readonly draft: string;
  /** With swapped roles. */
  readonly dialogue: readonly ChatMessage[];
  /** False in the mode final_draft. */
  readonly speaks: boolean;
  /** Whether the user has said nothing yet. */
  readonly opening: boolean;
  readonly model: ModelClient;
  readonly fieldsModel: ModelClient;
  /** What every prompt is filled with. */
  readonly values: { persona: string; task: string; problem: string; draft: string };
  readonly patience: string;
  readonly mode: string;
  /** The parts of the prompt that only some turns have. */
  readonly extras: string;
  readonly extrasWithoutProbe: string;
  /** Asks after the dialogue and the messages in `after`, until the answer fits. */
  askJson<T>(model: ModelClient, system: string, format: { name: string; schema: z.ZodType<T>; check: (value: T) => string | null }, after?: readonly ChatMessage[]): Promise<T>;
  /** Asks the user's model for words; empty when it refused or said nothing. */
  askText(system: string, seed: number): Promise<string>;
}
