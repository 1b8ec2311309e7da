import type { PromptMessage } from '../prompt-reader.ts';
import { ApiError } from './api-error.ts';

/** Reads the body of a chat call; a 400 names the first field that is wrong. Fields that change nothing here (top_p, stop, …) are let through. */
export function readChatRequest(body: Record<string, unknown>): ChatRequest {
  const { messages, stream, stream_options: streamOptions } = body;
  if (!Array.isArray(messages) || messages.length === 0) throw bad('messages', 'a list with at least one message', messages);
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? null;
  if (maxTokens !== null && !(Number.isInteger(maxTokens) && (maxTokens as number) > 0)) throw bad('max_tokens', 'a whole number above 0', maxTokens);
  const temperature = body.temperature ?? 1;
  if (typeof temperature !== 'number' || temperature < 0 || temperature > 2) throw bad('temperature', 'a number from 0 to 2', temperature);
  const seed = body.seed ?? 0;
  if (!Number.isSafeInteger(seed)) throw bad('seed', 'a whole number', seed);
  if ((body.n ?? 1) !== 1) throw bad('n', '1, the only number of choices that this server makes', body.n);
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') throw bad('stream', 'true or false', stream);
  return {
    messages: messages.map(readMessage),
    maxTokens: maxTokens as number | null,
    seed: seed as number,
    stream: stream === true,
    includeUsage: stream === true && isObject(streamOptions) && streamOptions.include_usage === true,
    format: readFormat(body.response_format),
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function bad(param: string, expected: string, found: unknown): ApiError {
  return new ApiError(400, `${param} should be ${expected}; found ${(JSON.stringify(found) ?? 'nothing').slice(0, 80)}.`, { param });
}

function readMessage(message: unknown, index: number): PromptMessage {
  const where = `messages[${index}]`;
  if (!isObject(message)) throw bad(where, 'an object with role and content', message);
  if (typeof message.role !== 'string' || !ROLES.has(message.role)) throw bad(`${where}.role`, `one of ${[...ROLES].join(', ')}`, message.role);
  return { role: message.role, content: readContent(message.content, where) };
}

/** A text, or the list of text parts that some clients send. */
function readContent(content: unknown, where: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw bad(`${where}.content`, 'a text', content);
  return content
    .map((part: unknown) => {
      if (!isObject(part) || part.type !== 'text' || typeof part.text !== 'string') throw bad(`${where}.content`, 'a list of text parts', part);
      return part.text;
    })
    .join('\n');
}

function readFormat(format: unknown): ChatFormat | null {
  if (format === undefined || format === null) return null;
  if (!isObject(format)) throw bad('response_format', 'an object with a type', format);
  if (format.type === 'text') return null;
  if (format.type === 'json_object') return { name: 'json_object', schema: { type: 'object' } };
  if (format.type !== 'json_schema') throw bad('response_format.type', 'one of text, json_object, json_schema', format.type);
  const inner = format.json_schema;
  if (!isObject(inner) || typeof inner.name !== 'string' || inner.name === '') throw bad('response_format.json_schema', 'an object with a name', inner);
  if (!isObject(inner.schema)) throw bad('response_format.json_schema.schema', 'a JSON schema', inner.schema);
  return { name: inner.name, schema: inner.schema };
}

const ROLES = new Set(['system', 'developer', 'user', 'assistant']);

export interface ChatRequest {
  messages: PromptMessage[];
  /** null: as many as fit. */
  maxTokens: number | null;
  seed: number;
  stream: boolean;
  includeUsage: boolean;
  /** null: free text. */
  format: ChatFormat | null;
}

export interface ChatFormat {
  name: string;
  schema: Record<string, unknown>;
}
