import { seedFrom } from '../random.ts';
import { MalformedAnswer } from './fault.ts';
import type { Question, QuestionKind } from './question.ts';
import { countedTokens, readTokens, type TokenCounts } from './usage.ts';

/** The question of at most MAX_EMBED_TEXTS vectors. Endpoints that know one format only may answer in the other; both are read. */
export function embedQuestion(model: string, texts: readonly string[], format: 'float' | 'base64'): Question<EmbedAnswer, EmbedBody> {
  const seed = seedFrom('embed', model, texts.length, texts[0] ?? '');
  return { kind: embeddings, model, body: { model, input: texts, encoding_format: format }, seed };
}

const embeddings: QuestionKind<EmbedAnswer, EmbedBody> = {
  path: '/embeddings',
  read: (answer, body) => readEmbeddings(answer, body.input.length),
  count: (body) => countedTokens(body.input, ''),
  canary: (model) => ({ body: { model, input: ['A quiet lake at dawn.', 'The invoice is overdue.'], encoding_format: 'float' }, problem: sameVectors }),
  needsProof: true,
  encode: (answer) => ({ tokens: answer.tokens, vectors: answer.vectors.map(toBase64) }),
  decode(stored) {
    const { tokens, vectors } = stored as { tokens: TokenCounts; vectors: string[] };
    return { tokens, vectors: vectors.map(fromBase64) };
  },
};

/** A server whose pooling is wrong gives every text one vector. */
function sameVectors({ vectors: [one, other] }: EmbedAnswer): string | null {
  return one!.every((value, index) => value === other![index]) ? 'to tell two texts apart, found one vector for both; look at the pooling settings of the server' : null;
}

/** Cuts texts into lists that one call takes. */
export function embedBatches(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let start = 0; start < texts.length; start += MAX_EMBED_TEXTS) batches.push(texts.slice(start, start + MAX_EMBED_TEXTS));
  return batches;
}

/** Most texts a call. */
export const MAX_EMBED_TEXTS = 256;

function readEmbeddings(body: unknown, count: number): EmbedAnswer {
  const { data, usage } = (body ?? {}) as { data?: unknown; usage?: unknown };
  if (!Array.isArray(data) || data.length !== count) throw new MalformedAnswer(`the body's data should be a list of ${count} vectors`);
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined);
  for (const [position, item] of (data as (WireEmbedding | null)[]).entries()) {
    const index = item?.index ?? position;
    if (typeof index !== 'number' || !(index in vectors) || vectors[index]) throw new MalformedAnswer(`data[${position}].index should name each text once`);
    const vector = readVector(item?.embedding, position);
    if (vector.length !== (vectors.find(Boolean) ?? vector).length) throw new MalformedAnswer('the vectors differ in dimension');
    vectors[index] = vector;
  }
  return { vectors: vectors as Float32Array[], tokens: readTokens(usage) };
}

function readVector(value: unknown, position: number): Float32Array {
  let vector: Float32Array;
  if (typeof value === 'string') {
    vector = fromBase64(value);
  } else if (Array.isArray(value) && value.every((number) => typeof number === 'number')) {
    vector = Float32Array.from(value);
  } else {
    throw new MalformedAnswer(`data[${position}].embedding should be a list of numbers or base64`);
  }
  if (vector.length === 0) throw new MalformedAnswer(`data[${position}].embedding is empty`);
  for (let index = 0; index < vector.length; index += 1) {
    if (!Number.isFinite(vector[index])) throw new MalformedAnswer(`data[${position}].embedding[${index}] is not finite`);
  }
  return vector;
}

/** Base64 of float32, little-endian, as the API defines it. */
function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 4 !== 0) throw new MalformedAnswer('a base64 vector is no list of 32-bit numbers');
  // A copy: small buffers share a pool, whose offsets need not fit 32-bit numbers.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}

export interface EmbedAnswer {
  vectors: Float32Array[];
  tokens: TokenCounts | null;
}

interface EmbedBody {
  model: string;
  input: readonly string[];
  encoding_format: 'float' | 'base64';
}

interface WireEmbedding {
  index?: unknown;
  embedding?: unknown;
}
