import type { ServerResponse } from 'node:http';
import { hashHex } from '../../platform/random.ts';
import { MESSAGE_OVERHEAD_TOKENS, PROMPT_OVERHEAD_TOKENS, STREAM_WORDS_PER_CHUNK } from '../parameters.ts';
import { firstTokens, tokensOf } from '../tokens.ts';
import { ApiError } from './api-error.ts';
import type { ChatRequest } from './chat-request.ts';
import type { FaultKind } from './faults.ts';
import { firstTokenMs, pause, perTokenMs, type Latency } from './pause.ts';

/**
 * Answers one chat call: counts the prompt, thinks, cuts at max_tokens, waits as the latency law says, and sends one body or a stream of the
 * same text. `created` is always 0 and the id a hash of the request, so that the same request gets the same bytes.
 */
export async function answerChat(request: ChatRequest, response: ServerResponse, deps: ChatDeps): Promise<ChatUsage> {
  const promptTokens = request.messages.reduce((sum, message) => sum + tokensOf(message.content) + MESSAGE_OVERHEAD_TOKENS, PROMPT_OVERHEAD_TOKENS);
  const room = deps.contextLength - promptTokens;
  const limit = request.maxTokens ?? room;
  if (limit > room || room <= 0) {
    const asked = request.maxTokens === null ? '' : ` and ${request.maxTokens} were asked for the answer`;
    throw new ApiError(400, `This model's maximum context length is ${deps.contextLength} tokens, but the messages have ${promptTokens}${asked}. Shorten the messages or max_tokens.`, {
      param: 'messages',
    });
  }
  const spoken = deps.fault === 'refusal' ? REFUSAL : spoil(deps.think(request), deps.fault, request.format !== null);
  const text = firstTokens(spoken, limit);
  const usage: ChatUsage = { promptTokens, completionTokens: tokensOf(text), finishReason: text === spoken ? 'stop' : 'length' };
  const answer: Answer = { id: `chatcmpl-${hashHex(deps.body).slice(0, 24)}`, model: deps.model, text, refused: deps.fault === 'refusal', usage };
  if (request.stream) await sendStream(answer, request.includeUsage, response, deps);
  else await sendWhole(answer, response, deps);
  return usage;
}

const REFUSAL = "I'm sorry, but I can't help with that.";

function spoil(text: string, fault: FaultKind | null, structured: boolean): string {
  if (!structured) return text;
  if (fault === 'broken_json') return text.slice(0, Math.max(1, Math.floor(text.length * 0.6)));
  return fault === 'prose' ? 'Sure, here is what I think about it: the conversation looks fine to me overall.' : text;
}

async function sendWhole(answer: Answer, response: ServerResponse, deps: ChatDeps): Promise<void> {
  const message = { role: 'assistant', content: answer.refused ? null : answer.text, refusal: answer.refused ? answer.text : null };
  const body = JSON.stringify({
    id: answer.id,
    object: 'chat.completion',
    created: 0,
    model: answer.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.usage.finishReason }],
    usage: usageBody(answer.usage),
  });
  if (!(await pause(response, firstTokenMs(deps.latency) + perTokenMs(deps.latency) * answer.usage.completionTokens))) return;
  const bytes = Buffer.from(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  if (deps.fault === 'slow_drip') return drip(bytes, response, deps.dripMs);
  if (deps.fault !== 'cut') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

/** Sends an answer in ten pieces. */
async function drip(bytes: Buffer, response: ServerResponse, dripMs: number): Promise<void> {
  const piece = Math.ceil(bytes.length / 10);
  for (let at = 0; at < bytes.length; at += piece) {
    response.write(bytes.subarray(at, at + piece));
    if (!(await pause(response, dripMs))) return;
  }
  response.end();
}

async function sendStream(answer: Answer, includeUsage: boolean, response: ServerResponse, deps: ChatDeps): Promise<void> {
  const head = { id: answer.id, object: 'chat.completion.chunk', created: 0, model: answer.model };
  const event = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...(includeUsage ? { usage: null } : {}) })}\n\n`;
  const pieces = answer.text.match(PIECE) ?? [];
  const events = [
    event({ role: 'assistant', content: '' }, null),
    ...pieces.map((piece) => event(answer.refused ? { refusal: piece } : { content: piece }, null)),
    event({}, answer.usage.finishReason),
    ...(includeUsage ? [`data: ${JSON.stringify({ ...head, choices: [], usage: usageBody(answer.usage) })}\n\n`] : []),
    'data: [DONE]\n\n',
  ];
  if (!(await pause(response, firstTokenMs(deps.latency)))) return;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const kept = deps.fault === 'cut' ? events.slice(0, Math.ceil(events.length / 2)) : events;
  const perPiece = deps.fault === 'slow_drip' ? deps.dripMs : (perTokenMs(deps.latency) * answer.usage.completionTokens) / Math.max(1, pieces.length);
  if (perPiece > 0) {
    for (const piece of kept) {
      response.write(piece);
      if (!(await pause(response, perPiece))) return;
    }
  } else response.write(kept.join(''));
  if (deps.fault === 'cut') response.write('', () => response.destroy());
  else response.end();
}

/** A few words with their white space; the pieces joined are the text. */
const PIECE = new RegExp(`(?:\\s*\\S+){1,${STREAM_WORDS_PER_CHUNK}}\\s*$|(?:\\s*\\S+){1,${STREAM_WORDS_PER_CHUNK}}|\\s+`, 'g');

function usageBody(usage: ChatUsage): object {
  return { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens, total_tokens: usage.promptTokens + usage.completionTokens };
}

export interface ChatUsage {
  promptTokens: number;
  completionTokens: number;
  finishReason: 'stop' | 'length';
}

export interface ChatDeps {
  readonly model: string;
  /** The request's body as it came: its hash is the answer's id. */
  readonly body: string;
  readonly contextLength: number;
  readonly latency: Latency;
  readonly fault: FaultKind | null;
  /** Milliseconds between the pieces of an answer that drips. */
  readonly dripMs: number;
  think(request: ChatRequest): string;
}

interface Answer {
  id: string;
  model: string;
  text: string;
  refused: boolean;
  usage: ChatUsage;
}
