import { Pool, type Dispatcher } from 'undici';

/**
 * A `fetch` for the openai package, made of one undici pool per endpoint. Building a standard `Response` and `Headers` costs more than the
 * request itself, so this gives only what that package reads: status, `headers.get` and `headers.entries`, `json()`, `text()`, and a
 * body that can be iterated. No redirects, no decompression, no cookies. Time limits are the caller's signal's.
 */
export function createPoolFetch(baseUrl: URL, connections: number): PoolFetch {
  const pool = new Pool(baseUrl.origin, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });
  const originLength = baseUrl.origin.length;

  async function poolFetch(url: string, init: PoolRequest): Promise<Response> {
    const answer = await pool.request({
      path: url.slice(originLength),
      method: init.method,
      headers: init.headers,
      body: init.body ?? null,
      signal: init.signal,
    });
    return new PoolResponse(url, answer) as unknown as Response;
  }

  return { fetch: poolFetch, close: () => pool.destroy() };
}

/** Longest wait for a TCP or TLS connection. */
const CONNECT_TIMEOUT_MS = 5_000;

/** The part of the standard `Response` that the openai package uses. */
class PoolResponse {
  readonly url: string;
  readonly status: number;
  readonly ok: boolean;
  readonly headers: PoolHeaders;
  readonly body: Dispatcher.ResponseData['body'];

  constructor(url: string, answer: Dispatcher.ResponseData) {
    this.url = url;
    this.status = answer.statusCode;
    this.ok = answer.statusCode >= 200 && answer.statusCode < 300;
    this.headers = new PoolHeaders(answer.headers);
    this.body = answer.body;
  }

  json(): Promise<unknown> {
    return this.body.json();
  }

  text(): Promise<string> {
    return this.body.text();
  }
}

/** Read-only headers; undici gives names in lower case. */
class PoolHeaders {
  readonly #headers: Dispatcher.ResponseData['headers'];

  constructor(headers: Dispatcher.ResponseData['headers']) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
  }

  entries(): IterableIterator<[string, string | string[] | undefined]> {
    return Object.entries(this.#headers).values();
  }
}

export interface PoolFetch {
  fetch(url: string, init: PoolRequest): Promise<Response>;
  /** Ends the connections at once. */
  close(): Promise<void>;
}

export interface PoolRequest {
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
}
