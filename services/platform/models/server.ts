import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Stream } from 'openai/streaming';
import { AttuneError } from '../errors.ts';
import { readFault, type Place } from './fault.ts';
import type { Lane } from './lanes.ts';
import { createAdaptiveLimit, type AdaptiveLimit } from './limit.ts';
import { createOpenAIClient } from './openai-client.ts';
import type { Question } from './question.ts';
import type { EndpointConfig, EndpointLoad } from './types.ts';

/** One server of an endpoint, with its connections and its own limit on calls in flight. */
export function createServer(name: string, url: string, config: Omit<EndpointConfig, 'baseUrl' | 'replicas'>): ModelServer {
  const { apiKey, maxConcurrency = 256, maxQueue = 100_000, sendPriority = false } = config;
  const baseUrl = readBaseUrl(name, url);
  requireCount(name, 'maxConcurrency', maxConcurrency);
  // Fewer connections than calls in flight would be a second, hidden line to wait in.
  const connections = config.connections ?? maxConcurrency;
  requireCount(name, 'connections', connections);
  const initial = config.initialConcurrency ?? Math.min(INITIAL_CONCURRENCY, maxConcurrency);
  requireCount(name, 'initialConcurrency', initial);
  requireKey(name, apiKey);
  const limit = createAdaptiveLimit({ max: maxConcurrency, initial, maxQueue, name: `endpoint "${name}"` });
  const { client, close } = createOpenAIClient({ baseUrl, apiKey, connections });

  function placeOf(path: string, model: string): Place {
    return { endpoint: name, url: baseUrl + path, model, apiKey };
  }

  return {
    baseUrl,
    limit,
    placeOf,
    async send({ kind, body }, { signal, onDelta, lane }) {
      // How urgent a call is says nothing about its answer, so it is no part of the question and of the cache's key.
      const sent = sendPriority ? { ...body, priority: PRIORITY[lane] } : body;
      if (!onDelta || !kind.readStream) {
        const response = await client.post(kind.path, { body: sent, signal }).asResponse();
        return kind.read(await response.json(), body);
      }
      const streamed = { ...sent, stream: true, stream_options: { include_usage: true } };
      return kind.readStream(await client.post<Stream<ChatCompletionChunk>>(kind.path, { body: streamed, signal, stream: true }), onDelta);
    },
    async get(path, model, signal) {
      try {
        return { ok: true, body: await client.get<unknown>(path, { signal }) };
      } catch (thrown) {
        const status = (thrown as { status?: unknown }).status;
        const error = signal.aborted ? (signal.reason as AttuneError) : readFault(thrown, placeOf(path, model)).error;
        return { ok: false, status: typeof status === 'number' ? status : undefined, error };
      }
    },
    load: () => limit.load(),
    close,
  };
}

/** Too low, and the first calls of a run wait for one another; too high, and a small endpoint refuses many of them before the limit is found. */
const INITIAL_CONCURRENCY = 128;

/** vLLM serves lower numbers sooner (spec: operations.md 1.2). */
const PRIORITY: Readonly<Record<Lane, number>> = { normal: 0, background: 10 };

function readBaseUrl(name: string, text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new AttuneError('invalid_argument', `Expected the URL of endpoint "${name}" to look like http://host:8000/v1, found ${JSON.stringify(text)}.`, { cause });
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new AttuneError('invalid_argument', `Expected the URL of endpoint "${name}" to be http(s)://host:port/path without a user, a query or a fragment; mend it, and give a key as the endpoint's API key.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function requireKey(name: string, apiKey: string | undefined): void {
  if (apiKey === undefined || /^[\x21-\x7e]+$/.test(apiKey)) return;
  throw new AttuneError('invalid_argument', `Expected the API key of endpoint "${name}" to be printable ASCII without blanks, found other characters or none; look for a line end or quotes copied with it.`);
}

function requireCount(name: string, option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new AttuneError('invalid_argument', `Expected ${option} of endpoint "${name}" to be a whole number from 1, found ${value}.`);
}

export interface ModelServer {
  readonly baseUrl: string;
  readonly limit: AdaptiveLimit;
  placeOf(path: string, model: string): Place;
  /** One attempt; throws whatever went wrong. */
  send<A, B extends object>(question: Question<A, B>, options: SendOptions): Promise<A>;
  /** One GET outside the limit, for checks. */
  get(path: string, model: string, signal: AbortSignal): Promise<Got>;
  load(): EndpointLoad;
  /** Ends the connections at once. */
  close(): Promise<void>;
}

interface SendOptions {
  signal: AbortSignal;
  lane: Lane;
  onDelta?: ((text: string) => void) | undefined;
}

export type Got = { ok: true; body: unknown } | { ok: false; status: number | undefined; error: AttuneError };
