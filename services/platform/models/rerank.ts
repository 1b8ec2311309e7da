import { seedFrom } from '../random.ts';
import { MalformedAnswer } from './fault.ts';
import type { Question, QuestionKind } from './endpoint.ts';
import { countedTokens, readTokens, type TokenCounts } from './usage.ts';

/** The question of how relevant each document is. vLLM answers with an object, SGLang with the bare list; both sort by score, so positions say nothing. */
export function rerankQuestion(model: string, query: string, documents: readonly string[]): Question<RerankAnswer, RerankBody> {
  return { kind: reranking, model, body: { model, query, documents }, seed: seedFrom('rerank', model, documents.length, query) };
}

const reranking: QuestionKind<RerankAnswer, RerankBody> = {
  path: '/rerank',
  read: (answer, body) => readScores(answer, body.documents.length),
  count: (body) => countedTokens([body.query, ...body.documents], ''),
  encode: (answer) => answer,
  decode: (stored) => stored as RerankAnswer,
};

function readScores(body: unknown, count: number): RerankAnswer {
  const { results, usage } = (Array.isArray(body) ? { results: body } : (body ?? {})) as { results?: unknown; usage?: unknown };
  if (!Array.isArray(results) || results.length !== count) throw new MalformedAnswer(`the body should list ${count} results`);
  const scores = new Array<number | undefined>(count).fill(undefined);
  for (const [position, result] of (results as (WireResult | null)[]).entries()) {
    const index = result?.index;
    if (typeof index !== 'number' || !(index in scores) || scores[index] !== undefined) throw new MalformedAnswer(`results[${position}].index should name each document once`);
    const score = result?.relevance_score ?? result?.score;
    if (typeof score !== 'number' || !Number.isFinite(score)) throw new MalformedAnswer(`results[${position}] should have a finite relevance_score or score`);
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

interface WireResult {
  index?: unknown;
  relevance_score?: unknown;
  score?: unknown;
}
