import { AttuneError, type ErrorCode } from './errors.ts';
import { CallControl } from './models/call-control.ts';
import { retryAfterMs } from './models/fault.ts';
import { pause, retryDelayMs } from './models/retry.ts';
import { seedFrom } from './random.ts';

/**
 * A client for a server that takes and gives JSON. A request is given up after `requestMs` and sent again, at most `retries` times, when that is safe: always for
 * a request that may be repeated, and for any other only when it surely was not carried out (429, 503, a refused connection). A server that asks for a longer
 * wait than `requestMs` is not asked again. Errors are one sentence with the server's name; keys never get into them.
 */
export function createJsonClient(config: JsonClientConfig): JsonClient {
  const { name, baseUrl, headers = {}, secrets = [], requestMs, retries, retryBaseMs } = config;
  const counts = { requests: 0, retried: 0 };

  async function send(ask: JsonRequest, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const control = new CallControl(`${name} (${ask.method} ${ask.path})`, requestMs, signal);
    counts.requests += 1;
    let response: Response;
    let text: string;
    try {
      response = await fetch(urlOf(baseUrl, ask), {
        method: ask.method,
        headers: { accept: 'application/json', 'user-agent': 'attune', ...headers, ...(ask.body !== undefined && { 'content-type': 'application/json' }) },
        body: ask.body === undefined ? null : JSON.stringify(ask.body),
        redirect: 'error',
        signal: control.signal,
      });
      text = await response.text();
    } catch (thrown) {
      if (signal?.aborted) throw AttuneError.from(control.signal.reason);
      if (control.signal.aborted) throw new Failed(failure('deadline_exceeded', ask, `should answer within ${requestMs} ms, found silence`), true, 'maybe');
      const error = AttuneError.from(thrown);
      const refused = systemCodeOf(thrown) === 'ECONNREFUSED';
      throw new Failed(failure('unavailable', ask, `expected an answer, found ${refused ? 'the connection refused; start the server or mend its URL' : `the connection broken (${error.message})`}`), true, refused ? 'no' : 'maybe');
    } finally {
      control.dispose();
    }
    const { status } = response;
    if ((status >= 200 && status < 300) || ask.accept?.includes(status)) return { status, body: bodyOf(text, ask) };
    const code = CODES[status] ?? (status >= 500 ? 'unavailable' : 'invalid_argument');
    // Keys go first: a cut would leave a part of one that nobody knows again.
    const said = withoutSecrets(text).replaceAll(/\s+/g, ' ').trim().slice(0, 300);
    const passing = status === 408 || status === 429 || status >= 500;
    const askedMs = retryAfterMs(response.headers, Date.now());
    const wait = askedMs !== undefined && askedMs > requestMs ? ` and asks to wait ${Math.ceil(askedMs / 1_000)} s` : '';
    throw new Failed(failure(code, ask, `answered ${status}${wait}${said === '' ? '' : `: ${said}`}`), passing, status === 429 || status === 503 || !passing ? 'no' : 'maybe', askedMs);
  }

  function bodyOf(text: string, ask: JsonRequest): unknown {
    if (text.trim() === '') return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new Failed(failure('data_loss', ask, 'should answer JSON, found something else; look whether the URL leads to it', cause), false, 'maybe');
    }
  }

  function failure(code: ErrorCode, ask: JsonRequest, what: string, cause?: unknown): AttuneError {
    const sentence = `${name} (${ask.method} ${ask.path}) ${what}.`;
    return new AttuneError(code, withoutSecrets(sentence), { cause });
  }

  function withoutSecrets(text: string): string {
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[key]'), text);
  }

  return {
    counts: () => ({ ...counts }),
    async request(ask, signal) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await send(ask, signal);
        } catch (thrown) {
          if (!(thrown instanceof Failed)) throw thrown;
          const again = thrown.passing && (ask.repeatable || thrown.carriedOut === 'no') && (thrown.askedMs ?? 0) <= requestMs;
          if (!again || attempt >= retries) throw thrown.carriedOut === 'no' ? thrown.error : new UncertainError(thrown.error);
          counts.retried += 1;
          const ms = retryDelayMs({ attempt, baseMs: retryBaseMs, seed: seedFrom(ask.method, ask.path), askedMs: thrown.askedMs });
          await pause(ms, signal ?? NEVER);
        }
      }
    },
  };
}

/** The request failed and may have been carried out all the same. */
export class UncertainError extends AttuneError {
  constructor(error: AttuneError) {
    super(error.code, error.message, { cause: error });
  }
}

class Failed extends Error {
  readonly error: AttuneError;
  readonly passing: boolean;
  readonly carriedOut: 'no' | 'maybe';
  readonly askedMs: number | undefined;

  constructor(error: AttuneError, passing: boolean, carriedOut: 'no' | 'maybe', askedMs?: number) {
    super(error.message);
    this.error = error;
    this.passing = passing;
    this.carriedOut = carriedOut;
    this.askedMs = askedMs;
  }
}

function urlOf(baseUrl: string, { path, query = {} }: JsonRequest): string {
  const search = new URLSearchParams(query).toString();
  return `${baseUrl}${path}${search === '' ? '' : `?${search}`}`;
}

function systemCodeOf(thrown: unknown): unknown {
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current) return current.code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

const NEVER = new AbortController().signal;

const CODES: Record<number, ErrorCode> = { 401: 'unauthenticated', 403: 'permission_denied', 404: 'not_found', 408: 'deadline_exceeded', 409: 'already_exists', 429: 'resource_exhausted' };

export interface JsonClientConfig {
  /** What the server is called in errors. */
  name: string;
  /** Without a slash at its end. */
  baseUrl: string;
  headers?: Record<string, string>;
  /** Texts that must not stand in an error. */
  secrets?: readonly string[];
  /** Longest wait for one answer, in milliseconds. */
  requestMs: number;
  /** Most repetitions of a request. */
  retries: number;
  /** Wait before the first repetition in milliseconds, doubled each time. */
  retryBaseMs: number;
}

export interface JsonRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** From the base URL, with a leading slash; its parts are encoded. */
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  /** Whether sending it twice does what sending it once does. */
  repeatable: boolean;
  /** Statuses that are answers and not errors, beside 200 to 299. */
  accept?: readonly number[];
}

export interface JsonAnswer {
  status: number;
  /** Null when the server sent no body. */
  body: unknown;
}

export interface JsonClient {
  /** Throws an AttuneError; an UncertainError when the request may have been carried out. */
  request(ask: JsonRequest, signal?: AbortSignal): Promise<JsonAnswer>;
  /** Requests sent, repetitions included, and repetitions. */
  counts(): { requests: number; retried: number };
}
