import { z } from 'zod';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault } from '../gen/attune/conversation/v1/conversation.ts';
import type { ExtractedPreference, ExtractRequest, ExtractResponse } from '../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import type { PreferenceStoreConfig } from './config.ts';

/** Longest condition and action of a card in characters (spec: algorithm.md 4.2). */
const LONGEST_CONDITION = 128;
const LONGEST_ACTION = 256;

/**
 * Reads stated preferences from the last user message. An item that fits no card is dropped and the
 * others stay; when the model gives no readable answer at all, nothing is extracted and the fault says so.
 */
export async function extract(
  request: ExtractRequest,
  config: PreferenceStoreConfig,
  model: ModelClient,
  signal: AbortSignal,
): Promise<ExtractResponse> {
  const turn = request.messages.filter((m) => m.role === Role.USER).length - 1;
  const message = request.messages.at(-1);
  if (message?.role !== Role.USER) throw new AttuneError('invalid_argument', 'Extract reads a user message; the last message is none.');
  const meter = createUsageMeter();
  const faults: Fault[] = [];
  try {
    const { value } = await model.completeJson(
      {
        messages: [{ role: 'user', content: extractPrompts.extract.render({ message: message.content }) }],
        temperature: 0,
        maxTokens: config.maxTokens,
        seed: request.seed,
      },
      { name: 'extracted_preferences', schema: extractedSchema },
      { signal, meter },
    );
    const kept = value.preferences.filter((item, index) => {
      const problem = problemOf(item);
      if (problem) faults.push({ kind: 'extracted_item_dropped', turn, detail: `item ${index + 1} ${problem}` });
      return problem === null;
    });
    return { preferences: kept.slice(0, config.mostPerMessage), usage: meter.list(), faults };
  } catch (error) {
    const known = AttuneError.from(error);
    if (known.code !== 'failed_precondition') throw known;
    faults.push({ kind: 'extraction_failed', turn, detail: known.message });
    return { preferences: [], usage: meter.list(), faults };
  }
}

export const extractPrompts = {
  extract: loadPrompt(new URL('./prompts/extract.md', import.meta.url)),
  query: loadPrompt(new URL('./prompts/query.md', import.meta.url)),
};

const extractedSchema = z.strictObject({
  preferences: z.array(z.strictObject({ condition: z.string(), action: z.string(), confidence: z.number().min(0).max(1) })),
});

function problemOf(item: ExtractedPreference): string | null {
  if (item.action.trim() === '') return 'has no action';
  if (item.condition.length > LONGEST_CONDITION) return `has a condition of ${item.condition.length} characters, at most ${LONGEST_CONDITION} fit`;
  if (item.action.length > LONGEST_ACTION) return `has an action of ${item.action.length} characters, at most ${LONGEST_ACTION} fit`;
  return null;
}
