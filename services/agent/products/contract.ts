import type { UsageMeter } from '../../platform/models/index.ts';

/**
 * What Attune asks of a memory product: somebody else's service or library that is told dialogues and finds what was said in them. An adapter is one product behind
 * these calls. Words:
 *
 * - *product user*: the id under which the product keeps one user's memory. It names the run, the method and the user and is never used again after it was
 *   forgotten, because products delete late and by prefixes of their own.
 * - *ticket*: what the product was told and by which names it can be found there. A ticket is plain JSON and outlives the process.
 * - *settled*: everything of a ticket can be found. Most products answer before that; without waiting, the run would measure their queue.
 *
 * Every call ends by itself: after its retries, its deadline or the caller's signal, with one sentence.
 */
export interface ProductAdapter {
  /** As in `attune adapter conform --kind`. */
  readonly kind: string;
  readonly capabilities: Capabilities;
  /**
   * Tells the product one session. Safe to repeat: an observation with the same user and key that arrived before, wholly or in part, is not told twice, also when the
   * attempt before failed without saying whether it had arrived.
   */
  observe(what: Observation, call: ProductCall): Promise<Ticket>;
  /**
   * Returns when all of the ticket can be found. Throws `data_loss` when the product gave it up: observing it again then sends what is missing; and
   * `deadline_exceeded` when it is still at work.
   */
  settle(ticket: Ticket, call: ProductCall): Promise<void>;
  /** The `k` memories of a user that fit the query best, the best first. Text that the product's model wrote as an answer is no memory. */
  recall(user: string, query: string, k: number, call: ProductCall): Promise<RecalledItem[]>;
  /** Removes a user and everything of theirs, and returns when the product finds nothing more; throws `failed_precondition` when it still does after the deadline. */
  forget(user: string, call: ProductCall): Promise<Receipt>;
  usage(): ProductUsage;
  close(): Promise<void>;
}

/** What a product can do; the conformance test leaves out what it does not offer. */
export interface Capabilities {
  /** Reached over HTTP, or a library in this process. */
  transport: 'http' | 'library';
  /** Answers before what it was told can be found. */
  asynchronous: boolean;
  /** Keeps its memory when it is restarted. */
  durable: boolean;
  /** Says how well an item fits. */
  scores: boolean;
  /** Says until when a fact was true. */
  endDates: boolean;
  /** Whether equal calls give equal items; products whose own models write the memories do not promise it. */
  deterministic: boolean;
}

/** One session as the product is told it. */
export interface Observation {
  /** The product user. */
  user: string;
  /** Session number, from 0. */
  session: number;
  /** Names this observation; equal keys of one user mean equal observations. Letters, digits, `-` and `_`. */
  key: string;
  /** In the order in which they were said; none is empty. */
  messages: readonly ObservedMessage[];
}

export interface ObservedMessage {
  role: 'user' | 'assistant';
  content: string;
  /** When it was said, ISO 8601 in UTC. */
  at: string;
}

export interface Ticket {
  user: string;
  session: number;
  key: string;
  /** The product's or our own names of what was told. */
  refs: string[];
}

/** One memory that fits a query. */
export interface RecalledItem {
  /** The product's id of it. */
  id: string;
  text: string;
  /** Since when it is true or known, ISO 8601; null when the product does not say. */
  time: string | null;
  /** When it stopped being true; null for what is true or for products that do not say. */
  endedAt: string | null;
  /** Higher fits better; comparable within one answer only; null when the product does not say. */
  score: number | null;
}

export interface Receipt {
  user: string;
  /** How often the product was asked until it found nothing. */
  probes: number;
}

export interface ProductUsage {
  /** Requests sent to the product, repetitions included; calls of the library for one. */
  requests: number;
  /** Of these, repetitions after a fault. */
  retried: number;
  /** Tokens of the product's own models; null when it does not report them, which is not zero. */
  modelTokens: { prompt: number; completion: number } | null;
}

export interface ProductCall {
  signal?: AbortSignal | undefined;
  /** Where an adapter adds model calls that it makes itself. */
  meter?: UsageMeter;
}

/** Waits and limits of an adapter, in milliseconds where not said otherwise. */
export interface AdapterLimits {
  /** Longest wait for one answer of the product. */
  requestMs: number;
  /** Repetitions of a request that failed for a passing reason. */
  retries: number;
  /** Wait before the first repetition, doubled each time. */
  retryBaseMs: number;
  /** Between two looks at whether something is indexed or gone. */
  pollMs: number;
  /** Longest wait until a ticket is settled or a user is gone. */
  settleMs: number;
  /** A product's queue that makes no progress for so long has stopped. */
  stallMs: number;
  /** How long to look for a write of which it is not known whether it arrived, before it is sent again. */
  doubtMs: number;
}

export const ADAPTER_LIMITS: AdapterLimits = { requestMs: 60_000, retries: 3, retryBaseMs: 1_000, pollMs: 1_000, settleMs: 600_000, stallMs: 120_000, doubtMs: 15_000 };
