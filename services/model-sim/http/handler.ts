import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../platform/log.ts';
import { hashHex } from '../../platform/random.ts';
import { MAX_BODY_BYTES } from '../parameters.ts';
import { ApiError } from './api-error.ts';
import { answerChat } from './chat.ts';
import { bad, isObject, readChatRequest, type ChatRequest } from './chat-request.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Metrics } from './metrics.ts';
import { firstTokenMs, pause, type Latency } from './pause.ts';
import { answerEmbeddings, answerPooling, answerRerank, answerScore, type TextAnswer, type TextDeps } from './texts.ts';

/** Routes requests, and turns whatever goes wrong into an answer in the API's error form. */
export function createHandler(deps: HandlerDeps): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*$/, '').replace(/^\/v1(?=\/)/, '');
    response.on('close', () => deps.metrics.answered(KNOWN_PATHS.has(path) ? path : 'other', response.statusCode));
    try {
      await route(request, response, path, deps);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) deps.log?.error({ err: thrown, path }, 'A request failed.');
      const error = thrown instanceof ApiError ? thrown : new ApiError(500, 'The simulated model failed; its log has the reason.');
      if (response.headersSent) response.destroy();
      else response.writeHead(error.status, { 'content-type': 'application/json', ...error.headers }).end(error.body());
    }
  };
}

async function route(request: IncomingMessage, response: ServerResponse, path: string, deps: HandlerDeps): Promise<void> {
  if (!KNOWN_PATHS.has(path)) throw new ApiError(404, `There is no route ${path}.`);
  const wanted = READABLE.has(path) ? 'GET' : 'POST';
  if (request.method !== wanted) throw new ApiError(405, `${path} takes ${wanted}, not ${request.method}.`, { headers: { allow: wanted } });
  if (path === '/health') return void response.writeHead(200).end();
  if (path === '/ready') return sendReady(response, deps);
  if (path === '/metrics') return void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(deps.metrics.render(deps.models[0] as string));
  authorize(request, deps.apiKey);
  if (path === '/models') return sendJson(response, { object: 'list', data: deps.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'attune', max_model_len: deps.contextLength })) });

  const text = await readBody(request);
  const body = parse(text);
  const model = body.model ?? deps.models[0];
  if (typeof model !== 'string') throw bad('model', 'a text', model);
  if (!deps.models.includes(model)) throw new ApiError(404, `The model ${JSON.stringify(model)} does not exist; this server has ${deps.models.join(', ')}.`, { param: 'model' });
  const chat = path === '/chat/completions' ? readChatRequest(body) : null;
  const fault = deps.faults.next(chat ? (chat.format?.name ?? 'agent_reply') : path.slice(1), text);
  if (fault) deps.metrics.fault(fault);
  deps.metrics.begin();
  try {
    await failAsTold(fault, response, deps.faults);
    if (response.destroyed) return;
    if (chat) {
      const usage = await answerChat(chat, response, { ...deps, model, body: text, fault, dripMs: deps.faults.dripMs });
      deps.metrics.finished(model, usage.finishReason, usage.promptTokens, usage.completionTokens);
    } else {
      const answer = TEXT_ROUTES[path]?.(body, { ...deps, model }) as TextAnswer;
      if (await pause(response, firstTokenMs(deps.latency))) sendJson(response, answer.body, fault === 'cut');
      deps.metrics.finished(model, 'stop', answer.tokens, 0);
    }
  } finally {
    deps.metrics.end();
  }
}

/** Ready is who can answer: /health says only that the process is there. A question is thought through, without waiting and without a fault. */
function sendReady(response: ServerResponse, deps: HandlerDeps): void {
  try {
    deps.think(readChatRequest({ messages: [{ role: 'user', content: 'Are you there?' }] }));
  } catch (thrown) {
    deps.log?.error({ err: thrown }, 'The simulated model cannot answer.');
    return void response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ ready: false, lacking: { model: thrown instanceof Error ? thrown.message : String(thrown) } }));
  }
  sendJson(response, { ready: true, lacking: {} });
}

/** Faults that come before any thinking. A stalled call holds its connection until the client leaves or the time is up. */
async function failAsTold(fault: FaultKind | null, response: ServerResponse, faults: Faults): Promise<void> {
  if (fault === 'http_429') throw new ApiError(429, 'Too many requests; try again later.', { headers: { 'retry-after': String(faults.retryAfterSeconds) } });
  if (fault === 'http_500') throw new ApiError(500, 'The engine failed on this request.');
  if (fault !== 'stall') return;
  await pause(response, faults.stallMs);
  response.destroy();
}

/** Compares hashes, which have one length, in constant time. */
function authorize(request: IncomingMessage, apiKey: string | undefined): void {
  if (!apiKey) return;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!timingSafeEqual(Buffer.from(hashHex(given)), Buffer.from(hashHex(apiKey)))) throw new ApiError(401, 'The API key is missing or wrong; send it as "Authorization: Bearer KEY".');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, `The body is longer than ${MAX_BODY_BYTES} bytes.`, { headers: { connection: 'close' } });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ApiError(400, `The body should be JSON: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
  if (!isObject(body)) throw new ApiError(400, 'The body should be a JSON object.');
  return body;
}

function sendJson(response: ServerResponse, body: object, cut = false): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  if (cut) response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  else response.end(bytes);
}

const TEXT_ROUTES: Record<string, (body: Record<string, unknown>, deps: TextDeps) => TextAnswer> = {
  '/embeddings': answerEmbeddings,
  '/rerank': answerRerank,
  '/score': answerScore,
  '/pooling': answerPooling,
};

const READABLE = new Set(['/health', '/ready', '/metrics', '/models']);
const KNOWN_PATHS = new Set([...READABLE, '/chat/completions', ...Object.keys(TEXT_ROUTES)]);

export interface HandlerDeps {
  readonly models: readonly string[];
  readonly apiKey: string | undefined;
  readonly contextLength: number;
  readonly embeddingDimensions: number;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly metrics: Metrics;
  think(request: ChatRequest): string;
  readonly log: Pick<Logger, 'debug' | 'error'> | undefined;
}
