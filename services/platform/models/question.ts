import type { TokenCounts } from './usage.ts';

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
  /** A tiny question whose answer shows whether a server is of any use. */
  canary(model: string): CanaryQuestion<A, B>;
  /** Whether a server that is set up wrongly answers all the same, with numbers that mean nothing. */
  needsProof: boolean;
}

interface CanaryQuestion<A, B extends object> {
  body: B;
  /** What should have been and was found instead, of an answer that could be read; null when it is right. */
  problem(answer: A): string | null;
}

/** What every answer has. */
export interface Answer {
  /** Null when the endpoint does not count. */
  tokens: TokenCounts | null;
}
