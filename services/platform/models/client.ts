import { AttuneError } from '../errors.ts';
import { inSpan, isTracing } from '../tracing.ts';
import type { Account } from './accounting.ts';
import type { ResponseCache } from './cache.ts';
import { CallControl } from './call-control.ts';
import { chatQuestion } from './chat.ts';
import { embedBatches, embedQuestion } from './embedding.ts';
import type { Asked, AskHooks, Endpoint } from './endpoint.ts';
import type { WireFormat } from './json-format.ts';
import type { Lane } from './lanes.ts';
import type { Answer, Question } from './question.ts';
import { rerankQuestion, scoreQuestion, type RerankRoute } from './rerank.ts';
import { askForJson } from './structured.ts';
import { inMode, type StructuredMode } from './structured-mode.ts';
import type { CallOptions, CompleteRequest, Completion, ModelClient } from './types.ts';

/** One role's client for one model: deadlines, cache and accounts around the endpoint's attempts. */
export function createModelClient(config: ModelClientConfig, deps: ModelClientDeps): ModelClient {
  const { role, model } = config;
  const { endpoint, cache, account } = deps;
  const who = `model "${model}" of role "${role}" at ${endpoint.baseUrl}`;

  function ask<A extends Answer, B extends object>(question: Question<A, B>, options: CallOptions): Promise<Told<A>> {
    if (!isTracing()) return askOnce(question, options);
    return inSpan(`model ${question.kind.path}`, { kind: 'client', attributes: { 'attune.role': role, 'gen_ai.request.model': model } }, async (span) => {
      const told = await askOnce(question, options);
      span.set({ 'gen_ai.usage.input_tokens': told.usage.promptTokens, 'gen_ai.usage.output_tokens': told.usage.completionTokens, 'attune.cached': told.cached });
      return told;
    });
  }

  async function askOnce<A extends Answer, B extends object>(question: Question<A, B>, options: CallOptions): Promise<Told<A>> {
    const control = new CallControl(who, options.deadlineMs ?? config.deadlineMs, options.signal);
    try {
      const told = cache ? await askCached(cache, question, options, control.signal) : await askLive(question, options, control.signal);
      const tokens = told.answer.tokens!;
      const usage = { role, model, calls: 1, ...tokens, latencyMs: told.latencyMs };
      options.meter?.add(usage);
      return { ...told, usage };
    } catch (thrown) {
      const error = AttuneError.from(thrown);
      if (error.code !== 'cancelled') account.failed(error.code);
      throw error;
    } finally {
      control.dispose();
    }
  }

  async function askLive<A extends Answer, B extends object>(question: Question<A, B>, options: CallOptions, signal: AbortSignal): Promise<Asked<A> & { cached: boolean }> {
    const { answer, latencyMs } = await endpoint.ask(question, signal, hooksOf(options));
    if (!answer.tokens) {
      answer.tokens = question.kind.count(question.body, answer);
      deps.onUncounted(question.kind.path);
    }
    account.answered(answer.tokens, latencyMs);
    return { answer, latencyMs, cached: false };
  }

  async function askCached<A extends Answer, B extends object>(store: ResponseCache, question: Question<A, B>, options: CallOptions, signal: AbortSignal): Promise<Asked<A> & { cached: boolean }> {
    let latencyMs = 0;
    const key = { baseUrl: endpoint.baseUrl, path: question.kind.path, model, body: question.body };
    const lookup = {
      async live(own: AbortSignal): Promise<A> {
        const asked = await askLive(question, options, own);
        latencyMs = asked.latencyMs;
        return asked.answer;
      },
      encode: question.kind.encode,
      decode: question.kind.decode,
    };
    const { answer, cached } = await store.through(key, lookup, signal);
    if (!cached) return { answer, latencyMs, cached };
    account.hit();
    if (options.onDelta && 'text' in answer && typeof answer.text === 'string' && answer.text !== '') options.onDelta(answer.text);
    return { answer, latencyMs: 0, cached };
  }

  function hooksOf({ onDelta, onRestart, affinity }: CallOptions): AskHooks {
    const { lane } = config;
    if (!onDelta) return { onRetry: account.retried, affinity, lane };
    let begun = false;
    return {
      affinity,
      lane,
      onDelta(text) {
        begun = true;
        onDelta(text);
      },
      onRetry() {
        account.retried();
        if (begun) onRestart?.();
        begun = false;
      },
    };
  }

  async function complete(request: CompleteRequest, options: CallOptions, format?: WireFormat): Promise<Completion> {
    const { answer, usage, cached } = await ask(chatQuestion(model, request, format), options);
    return { text: answer.text, finishReason: answer.finishReason, refused: answer.refused, usage, cached };
  }

  return {
    role,
    model,
    complete: (request, options = {}) => complete(request, options),
    async completeJson(request, format, options = {}) {
      return askForJson(request.messages, format, {
        who,
        ask(messages, reasks) {
          if (reasks > 0) options.onRestart?.();
          return deps.inStructuredMode((mode) => {
            const sent = inMode(mode, messages, format);
            return complete({ ...request, messages: sent.messages }, options, sent.wire);
          });
        },
      });
    },
    async embed(texts, options = {}) {
      const told = await Promise.all(embedBatches(texts).map((batch) => ask(embedQuestion(model, batch, deps.embeddingsFormat), options)));
      // Callers that shared one call must not share its vectors: theirs to change.
      const vectors = told.flatMap(({ answer, cached }) => (cached ? answer.vectors.map((vector) => vector.slice()) : answer.vectors));
      const odd = vectors.find((vector) => vector.length !== vectors[0]!.length);
      if (odd) throw new AttuneError('data_loss', `Expected vectors of one dimension from ${who}, found ${vectors[0]!.length} and ${odd.length}; look whether the endpoint's replicas serve one model.`);
      return vectors;
    },
    async rerank(query, documents, options = {}) {
      if (documents.length === 0) return [];
      const { answer } = await deps.byRerankRoute((route) => (route === 'rerank' ? ask(rerankQuestion(model, query, documents), options) : ask(scoreQuestion(model, query, documents), options)));
      return answer.scores;
    },
  };
}

export interface ModelClientConfig {
  role: string;
  model: string;
  deadlineMs: number;
  lane: Lane;
}

export interface ModelClientDeps {
  endpoint: Endpoint;
  /** Absent when the cache is off. */
  cache: ResponseCache | undefined;
  account: Account;
  embeddingsFormat: 'float' | 'base64';
  /** Asks in the way that the endpoint understands; shared by the clients of one endpoint and model. */
  inStructuredMode: StructuredMode;
  /** Asks by the route that the endpoint has; shared likewise. */
  byRerankRoute: RerankRoute;
  /** The endpoint did not count the tokens of an answer of this path. */
  onUncounted(path: string): void;
}

interface Told<A> extends Asked<A> {
  cached: boolean;
  usage: Completion['usage'];
}
