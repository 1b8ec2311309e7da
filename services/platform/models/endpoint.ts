import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Stream } from 'openai/streaming';
import { AttuneError } from '../errors.ts';
import { readFault, type Fault, type Place } from './fault.ts';
import { createAdaptiveLimit, type Permit } from './limit.ts';
import { createOpenAIClient } from './openai-client.ts';
import { pause, retryDelayMs } from './retry.ts';
import type { EndpointConfig, EndpointLoad, ModelHubConfig } from './types.ts';
import type { TokenCounts } from './usage.ts';

/**
 * One OpenAI-compatible endpoint with its connections and its limit on calls in flight, shared by all roles that use it. A call that waits
 * before another attempt gives its place to others meanwhile.
 */
export function createEndpoint(name: string, config: EndpointConfig, policy: RetryPolicy): Endpoint {
  const { apiKey, maxConcurrency = 256, maxQueue = 100_000 } = config;
  const baseUrl = readBaseUrl(name, config.baseUrl);
  requireCount(name, 'maxConcurrency', maxConcurrency);
  // Fewer connections than calls in flight would be a second, hidden line to wait in.
  const connections = config.connections ?? maxConcurrency;
  requireCount(name, 'connections', connections);
  const initial = config.initialConcurrency ?? Math.min(INITIAL_CONCURRENCY, maxConcurrency);
  requireCount(name, 'initialConcurrency', initial);
  requireKey(name, apiKey);
  const limit = createAdaptiveLimit({ max: maxConcurrency, initial, maxQueue, name: `endpoint "${name}"` });
  const { client, close } = createOpenAIClient({ baseUrl, apiKey, connections });

  async function ask<A, B extends object>(question: Question<A, B>, signal: AbortSignal, hooks: AskHooks): Promise<Asked<A>> {
    let last: AttuneError | undefined;
    for (let attempt = 0; ; attempt += 1) {
      let permit: Permit | undefined;
      try {
        const place = limit.acquire(signal);
        permit = 'release' in place ? place : await place;
        const start = performance.now();
        const answer = await send(question, signal, hooks);
        permit.release('success');
        return { answer, latencyMs: performance.now() - start };
      } catch (thrown) {
        if (signal.aborted) {
          permit?.release('other');
          throw withLast(signal.reason as AttuneError, last);
        }
        const fault = readFault(thrown, placeOf(question.kind.path, question.model));
        permit?.release(fault.overload ? 'overload' : 'other');
        if (!fault.retryable || attempt >= policy.retries) throw fault.error;
        last = fault.error;
        await waitForNext(question, fault, attempt, signal);
        hooks.onRetry();
      }
    }
  }

  async function send<A, B extends object>(question: Question<A, B>, signal: AbortSignal, hooks: AskHooks): Promise<A> {
    const { kind, body } = question;
    const { onDelta } = hooks;
    if (!onDelta || !kind.readStream) {
      const response = await client.post(kind.path, { body, signal }).asResponse();
      return kind.read(await response.json(), body);
    }
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    return kind.readStream(await client.post<Stream<ChatCompletionChunk>>(kind.path, { body: streamed, signal, stream: true }), onDelta);
  }

  async function waitForNext(question: Asking, fault: Fault, attempt: number, signal: AbortSignal): Promise<void> {
    const ms = retryDelayMs({ attempt, baseMs: policy.retryBaseMs, seed: question.seed, askedMs: fault.retryAfterMs });
    policy.log.debug({ endpoint: name, model: question.model, attempt: attempt + 1, waitMs: Math.round(ms), problem: fault.error.message }, 'model call failed, trying again');
    try {
      await pause(ms, signal);
    } catch (thrown) {
      throw withLast(thrown as AttuneError, fault.error);
    }
  }

  function placeOf(path: string, model: string): Place {
    return { endpoint: name, url: baseUrl + path, model, apiKey };
  }

  return {
    name,
    baseUrl,
    ask,
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

/** Says with the end of a call what its attempts had failed with: a deadline alone does not tell what to mend. */
function withLast(reason: AttuneError, last: AttuneError | undefined): AttuneError {
  if (!last || reason.code === 'cancelled') return reason;
  return new AttuneError(reason.code, `${reason.message} The last attempt failed: ${last.message}`, { cause: last });
}

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

export interface Endpoint {
  readonly name: string;
  readonly baseUrl: string;
  /** Asks until there is an answer, no attempt is left or the signal ends it; throws an AttuneError. */
  ask<A, B extends object>(question: Question<A, B>, signal: AbortSignal, hooks: AskHooks): Promise<Asked<A>>;
  /** One GET outside the limit and without retries, for checks. */
  get(path: string, model: string, signal: AbortSignal): Promise<{ ok: true; body: unknown } | { ok: false; status: number | undefined; error: AttuneError }>;
  load(): EndpointLoad;
  /** Ends the connections at once. */
  close(): Promise<void>;
}

export interface RetryPolicy {
  retries: number;
  retryBaseMs: number;
  log: ModelHubConfig['log'];
}

/** What is asked. */
export interface Question<A, B extends object = object> {
  kind: QuestionKind<A, B>;
  model: string;
  /** The request body without the fields of streaming; with the model and the path it decides the cache's key. */
  body: B;
  /** Of the retries' jitter. */
  seed: number;
}

/** One route of the API: how its answers are read. Made once, not per call. */
export interface QuestionKind<A, B extends object = object> {
  /** From the base URL, with a leading slash. */
  path: string;
  /** Reads the body of an answer; throws MalformedAnswer or CutAnswer. */
  read(answer: unknown, body: B): A;
  /** Reads a stream, giving its pieces on; absent where the API knows no streams. */
  readStream?(stream: AsyncIterable<unknown>, onDelta: (text: string) => void): Promise<A>;
  /** Counts what the endpoint did not count. */
  count(body: B, answer: A): TokenCounts;
  /** To and from what is kept on disk. */
  encode(answer: A): unknown;
  decode(stored: unknown): A;
}

/** The part of a question that waiting needs. */
type Asking = Pick<Question<unknown>, 'model' | 'seed'>;

export interface AskHooks {
  onDelta?: ((text: string) => void) | undefined;
  onRetry: () => void;
}

export interface Asked<A> {
  answer: A;
  /** From sending the attempt that was answered to its end. */
  latencyMs: number;
}
