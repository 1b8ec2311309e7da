import { OpenAI } from 'openai';
import { createPoolFetch, type PoolRequest } from './fetch.ts';

/**
 * The openai package over one undici pool. Two of its steps are replaced because they cost more CPU than the rest of the call: it builds
 * eight `Headers` objects a request although ours never change, and it wraps the signal in a second controller with a timer of its own
 * although each call already carries a deadline. Nothing is read from the environment; the package's own retries are off.
 */
export function createOpenAIClient({ baseUrl, apiKey, connections }: OpenAIClientConfig): OpenAIClient {
  const { fetch, close } = createPoolFetch(new URL(baseUrl), connections);
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'attune' };
  if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`;
  const client = new PooledOpenAI(baseUrl, headers, fetch);
  return { client, close };
}

class PooledOpenAI extends OpenAI {
  readonly #headers: Record<string, string>;
  readonly #fetch: (url: string, init: PoolRequest) => Promise<Response>;

  constructor(baseURL: string, headers: Record<string, string>, fetch: (url: string, init: PoolRequest) => Promise<Response>) {
    super({
      baseURL,
      // The package insists on a key; what is sent is decided by our own headers.
      apiKey: 'unused',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: fetch as unknown as typeof globalThis.fetch,
    });
    this.#headers = headers;
    this.#fetch = fetch;
  }

  override async buildRequest(options: BuildRequest[0]): BuiltRequest {
    const { body, signal } = options;
    // Headers are left out: the package would copy them for its log lines, which are off, twice a call.
    const request = { method: options.method.toUpperCase(), headers: NO_HEADERS, body: body === undefined ? undefined : JSON.stringify(body), signal };
    return { req: request as unknown as Awaited<BuiltRequest>['req'], url: this.baseURL + options.path, timeout: this.timeout };
  }

  override fetchWithTimeout(url: string, init: RequestInit | undefined): Promise<Response> {
    const { method, body, signal } = init as unknown as PoolRequest;
    return this.#fetch(url, { method, headers: this.#headers, body, signal });
  }
}

const NO_HEADERS = {};

type BuildRequest = Parameters<OpenAI['buildRequest']>;
type BuiltRequest = ReturnType<OpenAI['buildRequest']>;

export interface OpenAIClientConfig {
  /** Without a trailing slash. */
  baseUrl: string;
  apiKey?: string | undefined;
  connections: number;
}

export interface OpenAIClient {
  client: OpenAI;
  /** Ends the connections at once. */
  close(): Promise<void>;
}
