import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createModelHub } from './hub.ts';
import type { EndpointConfig, ModelHub, ModelHubConfig } from './types.ts';

/** A real HTTP server for tests of this folder: a function decides each answer, and what was asked is kept. */
export async function startScriptedServer(answer: (asked: AskedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>): Promise<ScriptedServer> {
  const asked: AskedRequest[] = [];
  let abandoned = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const seen = { number: asked.length, path: request.url ?? '', headers: request.headers, body: (text === '' ? {} : JSON.parse(text)) as ChatBody };
      asked.push(seen);
      void Promise.resolve(answer(seen)).then((scripted) => write(response, scripted));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    baseUrl,
    asked,
    abandoned: () => abandoned,
    hub: (endpoint = {}, config = {}) =>
      createModelHub({
        endpoints: { main: { baseUrl, ...endpoint } },
        cache: { mode: 'off' },
        log: { debug: ignore, info: ignore, warn: ignore },
        retryBaseMs: 5,
        deadlineMs: 10_000,
        ...config,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer of a chat completion that stopped by itself, counted as 10 + 5 tokens with 4 from the prefix cache. */
export function chatAnswer(content: string | null, choice: object = {}): ScriptedAnswer {
  return {
    json: {
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...choice }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
    },
  };
}

/** The chunks of a streamed completion, with its usage at the end. */
export function chatEvents(pieces: readonly string[]): object[] {
  return [
    ...pieces.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } },
  ];
}

export const REQUEST = { messages: [{ role: 'user' as const, content: 'Hello there.' }], temperature: 0, maxTokens: 32, seed: 7 };

async function write(response: ServerResponse, scripted: ScriptedAnswer): Promise<void> {
  if (scripted.delayMs) await new Promise((resolve) => setTimeout(resolve, scripted.delayMs));
  if (scripted.drop) {
    response.destroy();
    return;
  }
  const type = scripted.events ? 'text/event-stream' : 'application/json';
  response.writeHead(scripted.status ?? 200, { 'content-type': type, ...scripted.headers });
  const pieces = scripted.events ? scripted.events.map((event) => `data: ${JSON.stringify(event)}\n\n`) : [scripted.text ?? JSON.stringify(scripted.json ?? {})];
  for (const piece of pieces) {
    response.write(scripted.cut && !scripted.events ? piece.slice(0, piece.length / 2) : piece);
    // Each piece travels on its own, so that a reader meets half-done streams.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (scripted.hang) return;
  if (scripted.cut) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    response.destroy();
    return;
  }
  response.end(scripted.events ? 'data: [DONE]\n\n' : undefined);
}

function ignore(): void {}

export interface AskedRequest {
  /** 0 for the first. */
  number: number;
  path: string;
  headers: IncomingHttpHeaders;
  body: ChatBody;
}

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  /** Server-sent events, each as JSON. */
  events?: readonly unknown[];
  delayMs?: number;
  /** Closes the connection without an answer. */
  drop?: boolean;
  /** Closes the connection amid the body, or after the given events. */
  cut?: boolean;
  /** Writes and never ends. */
  hang?: boolean;
}

export interface ScriptedServer extends AsyncDisposable {
  baseUrl: string;
  asked: AskedRequest[];
  /** Answers that the client did not wait for, or that were cut. */
  abandoned(): number;
  hub(endpoint?: Partial<EndpointConfig>, config?: Partial<ModelHubConfig>): ModelHub;
}

interface ChatBody {
  model?: string;
  messages?: { role: string; content: string }[];
  input?: string[];
  documents?: string[];
  [field: string]: unknown;
}
