import { createRandom, hashHex, seedFrom } from '../../platform/random.ts';
import { FAULT_ATTEMPT_ENTRIES } from '../parameters.ts';

/**
 * Decides which fault, if any, a request meets. A script is used up in the order of arrival, one entry a call; then the rates hold. A rate's
 * draw depends on the seed, the body and how often the same body came before, not on other requests: a repeated call gets a new draw, a
 * repeated run the same faults.
 */
export function createFaults(config: FaultConfig, seed: number): Faults {
  const script = [...(config.script ?? [])];
  const rates = Object.entries(config.rates ?? {}) as [FaultKind, number][];
  const attempts = new Map<string, number>();

  function attempt(body: string): [hash: string, number: number] {
    const hash = hashHex(body);
    const number = (attempts.get(hash) ?? 0) + 1;
    attempts.delete(hash);
    attempts.set(hash, number);
    if (attempts.size > FAULT_ATTEMPT_ENTRIES) attempts.delete(attempts.keys().next().value as string);
    return [hash, number];
  }

  return {
    retryAfterSeconds: config.retryAfterSeconds ?? 1,
    stallMs: config.stallMs ?? 600_000,
    dripMs: config.dripMs ?? 200,
    next(call, body) {
      if (config.only && !config.only.includes(call)) return null;
      if (script.length > 0) {
        const planned = script.shift() as FaultKind | 'ok';
        return planned === 'ok' ? null : planned;
      }
      if (rates.length === 0) return null;
      const random = createRandom(seedFrom(seed, 'fault', ...attempt(body)));
      return rates.find(([, rate]) => random.chance(rate))?.[0] ?? null;
    },
  };
}

export const FAULT_KINDS = ['http_429', 'http_500', 'stall', 'cut', 'broken_json', 'prose', 'refusal', 'slow_drip'] as const;

/**
 * http_429 (with Retry-After), http_500; stall: accepted, never answered until stallMs, then the connection closes; cut: half of the body or
 * of the stream, then the connection closes; broken_json and prose: in place of structured output; refusal: no content, but a refusal; slow_drip: the whole answer, piece by piece with dripMs between.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultConfig {
  /** Probability of each kind per call, 0 to 1, tried in this order. */
  readonly rates?: Partial<Record<FaultKind, number>>;
  readonly script?: readonly (FaultKind | 'ok')[];
  /** Calls that may be hit: schema names, "agent_reply", "embeddings", "rerank", "pooling"; all unless told. */
  readonly only?: readonly string[];
  /** Seconds in the Retry-After header of a 429; 1 unless told. */
  readonly retryAfterSeconds?: number;
  /** Milliseconds until a stalled connection is closed; 600,000 unless told. */
  readonly stallMs?: number;
  /** Milliseconds between the pieces of an answer that drips; 200 unless told. */
  readonly dripMs?: number;
}

export interface Faults {
  readonly retryAfterSeconds: number;
  readonly stallMs: number;
  readonly dripMs: number;
  next(call: string, body: string): FaultKind | null;
}
