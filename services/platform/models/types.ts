import type { Logger } from 'pino';
import type { z } from 'zod';
import type { RoleAccount } from '../../gen/attune/event/v1/event.ts';
import type { ErrorCode } from '../errors.ts';
import type { ModelUsage } from '../../gen/attune/conversation/v1/conversation.ts';

/**
 * ModelClient is one role's way to one model. Every method throws an AttuneError:
 * `unauthenticated` (401, 403), `not_found` (unknown model; a miss when only replaying), `invalid_argument` (the endpoint
 * refused the request), `resource_exhausted` (still overloaded after the retries, or the waiting line is full), `unavailable`
 * (unreachable or failing after the retries), `data_loss` (answers that are no HTTP or JSON the API promises),
 * `deadline_exceeded` and `cancelled`.
 */
export interface ModelClient {
  /** On whose behalf the calls are made; the key of the accounts. */
  readonly role: string;
  /** The model's name as the endpoint knows it. */
  readonly model: string;
  /** One chat completion. */
  complete(request: CompleteRequest, options?: CallOptions): Promise<Completion>;
  /**
   * One chat completion whose answer fits the schema. An answer that does not is shown back to the model with what is wrong
   * with it, at most twice; then `failed_precondition`. Each of the up to three calls has its own deadline.
   */
  completeJson<T>(request: CompleteRequest, format: JsonFormat<T>, options?: CallOptions): Promise<JsonCompletion<T>>;
  /** One vector per text, in order, all of one dimension and finite. No texts give no call. */
  embed(texts: readonly string[], options?: CallOptions): Promise<Float32Array[]>;
  /** One relevance score per document, in the order of the documents; higher is more relevant. No documents give no call. */
  rerank(query: string, documents: readonly string[], options?: CallOptions): Promise<number[]>;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface CompleteRequest {
  messages: ChatMessage[];
  /** 0 to 2. */
  temperature: number;
  /** 0 to 1; left to the endpoint when absent. */
  topP?: number;
  /** Most tokens of the answer. */
  maxTokens: number;
  /** Sent to the endpoint, and the seed of the retries' jitter. */
  seed: number;
}

/** What the answer must be: the schema's name on the wire and its zod type, whose root is an object. */
export interface JsonFormat<T> {
  /** Letters, digits, `_` and `-`, at most 64. */
  name: string;
  schema: z.ZodType<T>;
  /**
   * What is wrong with a value that fits the schema, in words for the model, or null. For rules that differ from call to call: the schema
   * can then be a constant, which is written as JSON schema once and not for every call.
   */
  check?: (value: T) => string | null;
}

export interface CallOptions {
  /** Gives the call up, also while it waits for its turn: `cancelled`. */
  signal?: AbortSignal;
  /** Where the call's usage is added. */
  meter?: UsageMeter;
  /** Asks for a stream and gets its pieces as they come. A cached or shared answer comes as one piece. */
  onDelta?: (text: string) => void;
  /** A stream was cut and starts again: the pieces given so far are void. */
  onRestart?: () => void;
  /** This call's deadline in milliseconds in place of the hub's. */
  deadlineMs?: number;
  /** What the call belongs to, such as a user of a run: of several servers one gets all of its calls, for the sake of its prefix cache. No part of the question. */
  affinity?: string;
}

export interface Completion {
  /** The answer; the words of the refusal when the model refused; empty when it said nothing. */
  text: string;
  /** As the endpoint names it: `stop`, `length`, `content_filter`, …; empty when it does not tell. */
  finishReason: string;
  /** True when the endpoint marked the answer as a refusal. */
  refused: boolean;
  /** What this call used; latencyMs is 0 when it was answered from the cache. */
  usage: ModelUsage;
  /** True when no call was made: the answer was stored, or an equal call under way gave it. */
  cached: boolean;
}

export interface JsonCompletion<T> {
  value: T;
  /** The text that the value was read from. */
  text: string;
  /** Calls after the first one, 0 to 2. */
  reasks: number;
  /** Sum over all the calls. */
  usage: ModelUsage;
}

/** UsageMeter sums the usage of calls that belong together, such as those of one turn. */
export interface UsageMeter {
  add(usage: ModelUsage): void;
  /** One entry per role and model, sorted by both. `latency: false` leaves latencyMs unset, as records need it. */
  list(options?: { latency?: boolean }): ModelUsage[];
}

export interface ModelHub {
  client(role: string, spec: ModelSpec): ModelClient;
  /** One account per role and model, sorted, since the hub was created. */
  accounts(): RoleAccount[];
  /** Tells whether the endpoint answers, takes the key and knows the model; throws nothing. */
  check(spec: ModelSpec, options?: { signal?: AbortSignal }): Promise<CheckResult>;
  /** The endpoint's present concurrency, for a metrics page. */
  load(endpoint: string): EndpointLoad;
  /** Ends the connections; calls under way fail with `unavailable`. */
  close(): Promise<void>;
}

export interface ModelSpec {
  /** A name in the hub's `endpoints`. */
  endpoint: string;
  model: string;
  /** The calls wait behind those of other clients, but get a share of the places; for what nobody waits for. */
  background?: boolean;
}

export interface EndpointConfig {
  /** With the version part and without a trailing slash: `http://host:8000/v1`. */
  baseUrl: string;
  /** Base URLs of further servers that serve the same models in the same way; calls are spread over all of them. */
  replicas?: readonly string[];
  /** Sent as a bearer token; left out of caches, errors and logs. */
  apiKey?: string;
  /** Most calls in flight to each server of this endpoint, all roles together; 256 unless told. */
  maxConcurrency?: number;
  /** Calls in flight to each server at the start, before it has shown what it takes; min(128, maxConcurrency) unless told. */
  initialConcurrency?: number;
  /** Most calls that wait for their turn at each server; 100,000 unless told. */
  maxQueue?: number;
  /** Most connections; maxConcurrency unless told. */
  connections?: number;
  /** How vectors travel; `base64` is about four times smaller, `float` is understood everywhere. `float` unless told. */
  embeddingsFormat?: 'float' | 'base64';
  /** Keeps this endpoint's answers out of the response cache, as for a server in this process, whose address is another in every run. */
  uncached?: boolean;
  /** Sends `priority` with each call, 0 or 10 for background clients: vLLM with `--scheduling-policy priority` takes it, others may refuse it. */
  sendPriority?: boolean;
  /** Has each server rate an obvious case before its first real vectors or scores, and refuses one that gets it wrong. */
  prove?: boolean;
}

/** How the servers of an endpoint with several are watched, in milliseconds. */
export interface CanaryPolicy {
  /** Between two looks at a server that is well; 15,000 unless told. */
  everyMs?: number;
  /** How long its answer is waited for; 30,000 unless told. */
  deadlineMs?: number;
  /** Before the second look at a server that was ejected, doubled each time up to four times everyMs; 1,000 unless told. */
  againMs?: number;
}

/** `off`: no cache. `read-write`: answers are kept and used again. `replay-only`: no call is ever made. */
export type CacheMode = 'off' | 'read-write' | 'replay-only';

export interface ModelPrice {
  promptPerMillion: number;
  completionPerMillion: number;
}

/** Told of model calls as they end; for metrics. */
export interface ModelObserver {
  /** Latency of the attempt that was answered, in milliseconds. */
  answered(role: string, model: string, tokens: { promptTokens: number; completionTokens: number; cachedPromptTokens: number }, latencyMs: number): void;
  /** An attempt failed and is made again. */
  retried(role: string, model: string): void;
  /** A call was given up. */
  failed(role: string, model: string, code: ErrorCode): void;
  /** The cache, or an equal call under way, answered. */
  hit(role: string, model: string): void;
}

export interface ModelHubConfig {
  endpoints: Record<string, EndpointConfig>;
  cache: { mode: 'off' } | { mode: 'read-write' | 'replay-only'; dir: string }
  /** By model name; a model without prices costs 0. */
  prices?: Record<string, ModelPrice>;
  log: Pick<Logger, 'debug' | 'info' | 'warn'>;
  observer?: ModelObserver | undefined;
  canary?: CanaryPolicy;
  /** Asked before each attempt is sent; what it throws ends the call. */
  mayAsk?: (() => void) | undefined;
  /** Longest a call may take with its wait and its retries; 120,000 unless told. */
  deadlineMs?: number;
  /** Most repetitions of a call that failed for a passing reason; 3 unless told. */
  retries?: number;
  /** Wait before the first repetition, doubled each time; 1,000 unless told. */
  retryBaseMs?: number;
}

/** What a check found; the problem is one sentence that says how to mend it. */
export type CheckResult = { ok: true; detail: string } | { ok: false; problem: string };

export interface EndpointLoad {
  /** Calls in flight. */
  inFlight: number;
  /** Calls that wait for their turn. */
  waiting: number;
  /** Calls that may be in flight now. */
  limit: number;
}
