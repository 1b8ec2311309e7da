import { embed, relevance } from '../embed.ts';
import { MAX_TEXTS } from '../parameters.ts';
import { tokensOf } from '../tokens.ts';
import { ApiError } from './api-error.ts';
import { bad, isObject } from './chat-request.ts';

/** POST /v1/embeddings: floats, or base64 of little-endian 32-bit floats. */
export function answerEmbeddings(body: Record<string, unknown>, deps: TextDeps): TextAnswer {
  const texts = readTexts(body.input, 'input');
  const dimensions = body.dimensions ?? deps.embeddingDimensions;
  if (!Number.isInteger(dimensions) || (dimensions as number) < 8 || (dimensions as number) > 4096) throw bad('dimensions', 'a whole number from 8 to 4096', dimensions);
  const format = body.encoding_format ?? 'float';
  if (format !== 'float' && format !== 'base64') throw bad('encoding_format', '"float" or "base64"', format);
  const tokens = countWithin(texts, deps.contextLength);
  const data = texts.map((text, index) => {
    const vector = embed(text, dimensions as number);
    return { index, object: 'embedding', embedding: format === 'float' ? Array.from(vector) : littleEndianBase64(vector) };
  });
  return { tokens, body: { object: 'list', model: deps.model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
}

/** POST /rerank: documents with their scores, the most relevant first. */
export function answerRerank(body: Record<string, unknown>, deps: TextDeps): TextAnswer {
  if (typeof body.query !== 'string') throw bad('query', 'a text', body.query);
  const documents = readTexts(body.documents, 'documents');
  const tokens = countWithin([body.query, ...documents], deps.contextLength * documents.length);
  const results = documents
    .map((text, index) => ({ index, document: { text }, relevance_score: relevance(body.query as string, text) }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  const top = Number.isInteger(body.top_n) && (body.top_n as number) > 0 ? (body.top_n as number) : results.length;
  return { tokens, body: { id: 'rerank', model: deps.model, usage: { prompt_tokens: tokens, total_tokens: tokens }, results: results.slice(0, top) } };
}

/** POST /score: one query with many documents, or as many as there are documents; scores in the order of the input. */
export function answerScore(body: Record<string, unknown>, deps: TextDeps): TextAnswer {
  const queries = readTexts(body.queries ?? body.text_1, 'queries');
  const documents = readTexts(body.documents ?? body.text_2, 'documents');
  if (queries.length !== 1 && queries.length !== documents.length) throw bad('queries', `1 or ${documents.length} texts, like documents`, queries.length);
  const tokens = countWithin([...queries, ...documents], deps.contextLength * documents.length);
  const data = documents.map((text, index) => ({ index, object: 'score', score: relevance(queries.length === 1 ? (queries[0] as string) : (queries[index] as string), text) }));
  return { tokens, body: { object: 'list', model: deps.model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
}

/** POST /pooling: one feature vector per text, or for a list of messages. */
export function answerPooling(body: Record<string, unknown>, deps: TextDeps): TextAnswer {
  const texts = Array.isArray(body.messages) ? [body.messages.map((message: unknown) => (isObject(message) && typeof message.content === 'string' ? message.content : '')).join('\n')] : readTexts(body.input, 'input');
  const tokens = countWithin(texts, deps.contextLength);
  const data = texts.map((text, index) => ({ index, object: 'pooling', data: Array.from(embed(text, deps.embeddingDimensions)) }));
  return { tokens, body: { object: 'list', model: deps.model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
}

function readTexts(value: unknown, name: string): string[] {
  const texts = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(texts) || texts.length === 0) throw bad(name, 'a text or a list of texts', value);
  if (texts.length > MAX_TEXTS) throw bad(name, `at most ${MAX_TEXTS} texts`, texts.length);
  const wrong: unknown = texts.find((text) => typeof text !== 'string');
  if (wrong !== undefined) throw bad(name, 'texts only; this server takes no token ids', wrong);
  return texts as string[];
}

function countWithin(texts: readonly string[], limit: number): number {
  const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
  if (tokens > limit * texts.length) throw new ApiError(400, `The input has ${tokens} tokens; at most ${limit} per text are taken. Shorten it.`, { param: 'input' });
  return tokens;
}

function littleEndianBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

export interface TextDeps {
  readonly model: string;
  readonly contextLength: number;
  readonly embeddingDimensions: number;
}

export interface TextAnswer {
  tokens: number;
  body: object;
}
