import { AttuneError } from '../errors.ts';
import { seedFrom } from '../random.ts';
import { MalformedAnswer } from './fault.ts';
import type { Question, QuestionKind } from './question.ts';
import type { ModelHubConfig } from './types.ts';
import { countedTokens, readTokens, type TokenCounts } from './usage.ts';

/** The question of how relevant each document is. vLLM answers with an object, SGLang with the bare list; both sort by score, so positions say nothing. */
export function rerankQuestion(model: string, query: string, documents: readonly string[]): Question<RerankAnswer, RerankBody> {
  return { kind: reranking, model, body: { model, query, documents }, seed: seedFrom('rerank', model, documents.length, query) };
}

/** The same question as vLLM's score API puts it, which some servers offer alone. */
export function scoreQuestion(model: string, query: string, documents: readonly string[]): Question<RerankAnswer, ScoreBody> {
  return { kind: scoring, model, body: { model, text_1: query, text_2: documents }, seed: seedFrom('rerank', model, documents.length, query) };
}

/**
 * Finds out which of the two routes an endpoint has for a model: a 404 of `/rerank` leads to `/score`, and a server that answers there is asked there from then on. Both
 * are 404 when the model is unknown; then the first error counts. Replaying from the cache alone finds the route in the same way.
 */
export function createRerankRoute(place: { endpoint: string; model: string }, log: Pick<ModelHubConfig['log'], 'warn'>): RerankRoute {
  let known: 'rerank' | 'score' = 'rerank';
  return async (ask) => {
    if (known === 'score') return ask('score');
    try {
      return await ask('rerank');
    } catch (thrown) {
      if (AttuneError.from(thrown).code !== 'not_found') throw thrown;
      const answer = await ask('score').catch((second: unknown) => {
        throw AttuneError.from(second).code === 'not_found' ? thrown : second;
      });
      known = 'score';
      log.warn(place, 'the endpoint has no /rerank; documents are rated by /score instead');
      return answer;
    }
  };
}

const reranking: QuestionKind<RerankAnswer, RerankBody> = {
  path: '/rerank',
  canary: (model) => ({ body: { model, query: QUERY, documents: DOCUMENTS }, problem: wrongOrder }),
  needsProof: true,
  read: (answer, body) => readScores(answer, 'results', body.documents.length),
  count: (body) => countedTokens([body.query, ...body.documents], ''),
  encode: (answer) => answer,
  decode: (stored) => stored as RerankAnswer,
};

const scoring: QuestionKind<RerankAnswer, ScoreBody> = {
  path: '/score',
  canary: (model) => ({ body: { model, text_1: QUERY, text_2: DOCUMENTS }, problem: wrongOrder }),
  needsProof: true,
  read: (answer, body) => readScores(answer, 'data', body.text_2.length),
  count: (body) => countedTokens([body.text_1, ...body.text_2], ''),
  encode: (answer) => answer,
  decode: (stored) => stored as RerankAnswer,
};

/** A reranker without its chat template rates everything alike, silently (spec: operations.md 1.4). */
function wrongOrder({ scores: [irrelevant, relevant] }: RerankAnswer): string | null {
  if (relevant! > irrelevant!) return null;
  return `to rate the document that answers a query above one that has nothing to do with it, found ${relevant} and ${irrelevant}; look at the chat template and the hf_overrides of the reranker`;
}

const QUERY = 'What is the capital of France?';
const DOCUMENTS = ['Bananas are rich in potassium.', 'The capital of France is Paris.'];

function readScores(body: unknown, list: 'results' | 'data', count: number): RerankAnswer {
  const { [list]: results, usage } = (Array.isArray(body) ? { [list]: body } : (body ?? {})) as Record<string, unknown>;
  if (!Array.isArray(results) || results.length !== count) throw new MalformedAnswer(`the body should list ${count} ${list}`);
  const scores = new Array<number | undefined>(count).fill(undefined);
  for (const [position, result] of (results as (WireResult | null)[]).entries()) {
    const index = result?.index;
    if (typeof index !== 'number' || !(index in scores) || scores[index] !== undefined) throw new MalformedAnswer(`${list}[${position}].index should name each document once`);
    const score = result?.relevance_score ?? result?.score;
    if (typeof score !== 'number' || !Number.isFinite(score)) throw new MalformedAnswer(`${list}[${position}] should have a finite relevance_score or score`);
    scores[index] = score;
  }
  return { scores: scores as number[], tokens: readTokens(usage) };
}

export interface RerankAnswer {
  /** In the order of the documents. */
  scores: number[];
  tokens: TokenCounts | null;
}

interface RerankBody {
  model: string;
  query: string;
  documents: readonly string[];
}

interface ScoreBody {
  model: string;
  text_1: string;
  text_2: readonly string[];
}

/** Asks by the route that the endpoint has. */
export type RerankRoute = <T>(ask: (route: 'rerank' | 'score') => Promise<T>) => Promise<T>;

interface WireResult {
  index?: unknown;
  relevance_score?: unknown;
  score?: unknown;
}
