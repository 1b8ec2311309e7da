import { AttuneError } from '../errors.ts';
import { loadPrompt } from '../prompts.ts';
import { responseFormat } from './json-format.ts';
import type { WireFormat } from './json-format.ts';
import type { ChatMessage, JsonFormat, ModelHubConfig } from './types.ts';

/**
 * How a server is asked for JSON, from the most reliable way to the least: a schema that constrains the answer, JSON of any form (llama.cpp
 * and others read the schema beside it), or words alone. In the last two the schema also stands in the prompt.
 */
export const STRUCTURED_MODES = ['json_schema', 'json_object', 'words'] as const;

/**
 * Finds out which way a server understands: the first call tries the best one, and a server that refuses a `response_format` is asked in the
 * next way from then on, which is logged once. When only replaying, the way that was used is not known, so all are looked up.
 */
export function createStructuredMode(place: { endpoint: string; model: string }, deps: StructuredModeDeps): StructuredMode {
  let best = 0;
  return async (ask) => {
    let first: unknown;
    for (let index = best; index < STRUCTURED_MODES.length; index += 1) {
      try {
        return await ask(STRUCTURED_MODES[index]!);
      } catch (thrown) {
        first ??= thrown;
        const { code, message } = AttuneError.from(thrown);
        if (deps.replaying && code === 'not_found') continue;
        if (code !== 'unimplemented' || index + 1 === STRUCTURED_MODES.length) throw thrown;
        if (best > index) continue;
        best = index + 1;
        deps.log.warn({ ...place, mode: STRUCTURED_MODES[best], problem: message }, 'the endpoint does not take this response_format; answers are asked for in another way');
      }
    }
    throw first;
  };
}

/** What a mode sends: the messages, with the schema in the system prompt where the server does not enforce it, and the `response_format`. */
export function inMode(mode: StructuredModeName, messages: readonly ChatMessage[], format: Pick<JsonFormat<unknown>, 'name' | 'schema'>): { messages: ChatMessage[]; wire: WireFormat | undefined } {
  const strict = responseFormat(format);
  if (mode === 'json_schema') return { messages: [...messages], wire: strict };
  const { name, schema } = strict.json_schema;
  const demand = schemaPrompt.render({ name, schema: JSON.stringify(schema) });
  const [first, ...rest] = messages;
  const shown: ChatMessage[] =
    first?.role === 'system' ? [{ role: 'system', content: `${first.content}\n\n${demand}` }, ...rest] : [{ role: 'system', content: demand }, ...messages];
  return { messages: shown, wire: mode === 'json_object' ? { type: 'json_object', schema } : undefined };
}

export const schemaPrompt = loadPrompt(new URL('./prompts/schema.md', import.meta.url));

export type StructuredModeName = (typeof STRUCTURED_MODES)[number];
export type StructuredMode = <T>(ask: (mode: StructuredModeName) => Promise<T>) => Promise<T>;

interface StructuredModeDeps {
  /** Whether answers come from the cache alone. */
  replaying: boolean;
  log: Pick<ModelHubConfig['log'], 'warn'>;
}
