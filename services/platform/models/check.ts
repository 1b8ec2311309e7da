import { z } from 'zod';
import { AttuneError } from '../errors.ts';
import { loadPrompt } from '../prompts.ts';
import { CallControl } from './call-control.ts';
import type { Endpoint } from './endpoint.ts';
import type { Got } from './server.ts';
import type { CheckResult, ModelClient } from './types.ts';

/**
 * Asks the endpoint which models it has: tells whether it can be reached, takes the key and knows the model. Servers that list no models
 * (404, 405) pass, because completions may work all the same. Of several servers one that passes is enough. Never throws; at most ten seconds.
 */
export async function checkEndpoint(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<CheckResult> {
  const control = new CallControl(`${endpoint.baseUrl}/models`, CHECK_DEADLINE_MS, signal);
  const answers = await endpoint.get('/models', model, control.signal).finally(() => control.dispose());
  const found = answers.map((answer, index) => readModels(answer, endpoint.urls[index]!, model));
  const ok = found.filter((result) => result.ok);
  if (ok.length === 0) return found[0]!;
  const details = found.map((result) => (result.ok ? result.detail : `${result.problem} It gets no calls until it does.`));
  return { ok: true, detail: details.join(' ') };
}

function readModels(found: Got, baseUrl: string, model: string): CheckResult {
  if (!found.ok) {
    if (found.status === 404 || found.status === 405) return { ok: true, detail: `${baseUrl} answers but does not list its models.` };
    return { ok: false, problem: found.error.message };
  }
  const names = readNames(found.body);
  if (!names) return { ok: false, problem: `Expected a list of models at ${baseUrl}/models, found something else; look whether the URL leads to a model server.` };
  if (names.includes(model)) return { ok: true, detail: `${baseUrl} serves "${model}".` };
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  const known = names.length === 0 ? 'no model at all' : `${names.slice(0, MAX_NAMED).map((name) => `"${name}"`).join(', ')}${more}`;
  return { ok: false, problem: `Expected ${baseUrl} to serve model "${model}", found ${known}; use one of its names or load the model.` };
}

/** Makes one small structured call and tells whether the model can keep to a schema. Never throws, save for an abort. */
export async function checkStructured(client: ModelClient, options: { signal?: AbortSignal } = {}): Promise<CheckResult> {
  const request = { messages: [{ role: 'user' as const, content: canaryPrompt.render({}) }], temperature: 0, maxTokens: 64, seed: 0 };
  try {
    const { reasks } = await client.completeJson(request, { name: 'canary', schema: z.object({ ready: z.boolean() }) }, options);
    return { ok: true, detail: reasks === 0 ? `"${client.model}" answers with structured data.` : `"${client.model}" answers with structured data after ${reasks} more tries.` };
  } catch (thrown) {
    const error = AttuneError.from(thrown);
    if (error.code === 'cancelled') throw error;
    return { ok: false, problem: error.message };
  }
}

function readNames(body: unknown): string[] | undefined {
  const data = (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.flatMap((item: { id?: unknown } | null) => (typeof item?.id === 'string' ? [item.id] : []));
}

export const canaryPrompt = loadPrompt(new URL('./prompts/canary.md', import.meta.url));
const MAX_NAMED = 10;
const CHECK_DEADLINE_MS = 10_000;
