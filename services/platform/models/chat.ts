import { canaryPrompt } from './check.ts';
import { CutAnswer, MalformedAnswer } from './fault.ts';
import type { Question, QuestionKind } from './question.ts';
import type { WireFormat } from './json-format.ts';
import type { ChatMessage, CompleteRequest } from './types.ts';
import { countedTokens, readTokens, type TokenCounts } from './usage.ts';

/** The question of a chat completion. */
export function chatQuestion(model: string, request: CompleteRequest, format?: WireFormat): Question<ChatAnswer, ChatBody> {
  const { messages, temperature, topP, maxTokens, seed } = request;
  const body: ChatBody = { model, messages, temperature, max_tokens: maxTokens, seed };
  if (topP !== undefined) body.top_p = topP;
  if (format !== undefined) body.response_format = format;
  return { kind: chat, model, body, seed };
}

const chat: QuestionKind<ChatAnswer, ChatBody> = {
  path: '/chat/completions',
  read: readChat,
  readStream: readChatStream,
  count: (body, answer) => countedTokens(body.messages.map((message) => message.content), answer.text),
  encode: (answer) => answer,
  decode: (stored) => stored as ChatAnswer,
  canary: (model) => ({ body: { model, messages: [{ role: 'user', content: canaryPrompt.render({}) }], temperature: 0, max_tokens: 1, seed: 0 }, problem: () => null }),
  needsProof: false,
};

function readChat(body: unknown): ChatAnswer {
  if (typeof body !== 'object' || body === null) throw new MalformedAnswer('the body is no JSON object');
  const { choices, usage, error } = body as WireChat;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  if (!choice?.message) throw new MalformedAnswer(error ? `it sent an error as an answer: ${JSON.stringify(error)}` : 'the body has no choices[0].message');
  const { content, refusal } = choice.message;
  if (!isText(content)) throw new MalformedAnswer('choices[0].message.content is no text');
  return finish(content ?? '', isText(refusal) ? (refusal ?? '') : '', choice.finish_reason, readTokens(usage));
}

async function readChatStream(stream: AsyncIterable<unknown>, onDelta: (text: string) => void): Promise<ChatAnswer> {
  let text = '';
  let refusal = '';
  let finishReason: unknown = null;
  let tokens: TokenCounts | null = null;
  for await (const chunk of stream) {
    const { choices, usage } = (chunk ?? {}) as WireChunk;
    if (usage) tokens = readTokens(usage);
    const choice = Array.isArray(choices) ? choices[0] : undefined;
    if (!choice) continue;
    if (choice.finish_reason !== null && choice.finish_reason !== undefined) finishReason = choice.finish_reason;
    const { content, refusal: refused } = choice.delta ?? {};
    if (typeof content === 'string' && content !== '') {
      text += content;
      onDelta(content);
    }
    if (typeof refused === 'string') refusal += refused;
  }
  if (finishReason === null) throw new CutAnswer(`the stream ended after ${text.length} characters without a finish reason`);
  return finish(text, refusal, finishReason, tokens);
}

function finish(content: string, refusal: string, reason: unknown, tokens: TokenCounts | null): ChatAnswer {
  // vLLM says so when it shuts down without waiting for its calls.
  if (reason === 'abort') throw new CutAnswer('the server gave the call up (finish_reason "abort")');
  return { text: content === '' ? refusal : content, refused: refusal !== '', finishReason: typeof reason === 'string' ? reason : '', tokens };
}

function isText(value: unknown): value is string | null | undefined {
  return typeof value === 'string' || value === null || value === undefined;
}

export interface ChatAnswer {
  text: string;
  refused: boolean;
  finishReason: string;
  /** Null when the endpoint does not count. */
  tokens: TokenCounts | null;
}

interface ChatBody {
  model: string;
  messages: ChatMessage[];
  temperature: number;
  max_tokens: number;
  seed: number;
  top_p?: number;
  response_format?: WireFormat;
}

interface WireChat {
  choices?: { message?: { content?: unknown; refusal?: unknown }; finish_reason?: unknown }[];
  usage?: unknown;
  error?: unknown;
}

interface WireChunk {
  choices?: { delta?: { content?: unknown; refusal?: unknown }; finish_reason?: unknown }[];
  usage?: unknown;
}
