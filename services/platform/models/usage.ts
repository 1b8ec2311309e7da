import type { ModelUsage } from '../../gen/attune/conversation/v1/conversation.ts';
import { countTokens } from '../tokens.ts';
import type { UsageMeter } from './types.ts';

/** Sums usage by role and model. Sums do not depend on the order of the calls, so records made from them are equal between runs. */
export function createUsageMeter(): UsageMeter {
  const sums = new Map<string, ModelUsage>();
  return {
    add(usage) {
      const key = `${usage.role}\0${usage.model}`;
      const sum = sums.get(key);
      if (!sum) {
        sums.set(key, { ...usage });
        return;
      }
      addUsage(sum, usage);
    },
    list({ latency = true } = {}) {
      return [...sums.values()]
        .sort(byRoleAndModel)
        .map((sum) => (latency ? { ...sum } : { ...sum, latencyMs: undefined }));
    },
  };
}

/** Adds one usage to another of the same role and model, in place. */
export function addUsage(sum: ModelUsage, usage: ModelUsage): void {
  sum.calls += usage.calls;
  sum.promptTokens += usage.promptTokens;
  sum.completionTokens += usage.completionTokens;
  sum.cachedPromptTokens += usage.cachedPromptTokens;
  if (usage.latencyMs !== undefined) sum.latencyMs = (sum.latencyMs ?? 0) + usage.latencyMs;
}

/** Sorts by role, then by model, by code units: the same on every machine. */
export function byRoleAndModel(a: ModelUsage, b: ModelUsage): number {
  return compare(a.role, b.role) || compare(a.model, b.model);
}

/** Reads an answer's `usage`; null when the endpoint sent none that can be read. Rerankers send `total_tokens` alone. */
export function readTokens(usage: unknown): TokenCounts | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total, prompt_tokens_details: details } = usage as WireUsage;
  const promptTokens = isCount(prompt) ? prompt : isCount(total) ? total - (isCount(completion) ? completion : 0) : null;
  if (promptTokens === null) return null;
  return {
    promptTokens,
    completionTokens: isCount(completion) ? completion : 0,
    cachedPromptTokens: isCount(details?.cached_tokens) ? details.cached_tokens : 0,
  };
}

/** Counts with our own tokenizer what an endpoint did not count; chat templates' control tokens are left out. */
export function countedTokens(prompts: readonly string[], completion: string): TokenCounts {
  return {
    promptTokens: prompts.reduce((sum, text) => sum + countTokens(text), 0),
    completionTokens: completion === '' ? 0 : countTokens(completion),
    cachedPromptTokens: 0,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

export interface TokenCounts {
  promptTokens: number;
  completionTokens: number;
  cachedPromptTokens: number;
}

interface WireUsage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  total_tokens?: unknown;
  prompt_tokens_details?: { cached_tokens?: unknown } | null;
}
