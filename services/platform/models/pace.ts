import type { TokenCounts } from './usage.ts';

/**
 * Watches how long calls take for the work that they ask for, and tells when an endpoint has become so slow that more calls in flight only wait
 * in its own line. Pace is milliseconds per token of work, as a ratio of moving means, so that long answers do not look like a slow
 * server; each kind of call has its own. The best pace seen is the measure, and is forgotten by and by, since servers change.
 *
 * An H100 takes 3.6 times as long for a token with 256 sequences as with 8 (spec: operations.md 6.1), which is how batching should be; so
 * only beyond four times the best pace does it count as slow.
 */
export function createPaceWatch(): PaceWatch {
  const kinds = new Map<string, Pace>();
  return {
    isSlow({ kind, latencyMs, tokens }) {
      let pace = kinds.get(kind);
      if (!pace) {
        pace = { answers: 0, latencyMs: 0, tokens: 0, best: Number.POSITIVE_INFINITY };
        kinds.set(kind, pace);
      }
      pace.answers += 1;
      const share = 1 / Math.min(pace.answers, WINDOW);
      pace.latencyMs += (latencyMs - pace.latencyMs) * share;
      pace.tokens += (tokens + OVERHEAD_TOKENS - pace.tokens) * share;
      if (pace.answers < WINDOW) return false;
      const now = pace.latencyMs / pace.tokens;
      pace.best = now < pace.best ? now : pace.best + (now - pace.best) * FORGETTING;
      return now > SLOW * pace.best;
    },
    startOver() {
      for (const pace of kinds.values()) pace.answers = 0;
    },
  };
}

/** What a call asks of a server, in tokens to write: reading one takes about a 200th of writing one (spec: operations.md 6.2, pf against t0). */
export function workOf({ promptTokens, completionTokens }: Pick<TokenCounts, 'promptTokens' | 'completionTokens'>): number {
  return completionTokens + promptTokens / 200;
}

/** Answers of a moving mean; before there are as many, nothing is concluded. */
const WINDOW = 32;
/** What a call takes beside its answer, as tokens. */
const OVERHEAD_TOKENS = 16;
const FORGETTING = 1 / 2_000;
const SLOW = 4;

export interface PaceWatch {
  /** Takes in one answer and tells whether the endpoint is slow now. */
  isSlow(sample: PaceSample): boolean;
  /** Begins new means; the best pace stays. */
  startOver(): void;
}

export interface PaceSample {
  /** Calls that can be compared, such as those of one model and route. */
  kind: string;
  latencyMs: number;
  /** See workOf. */
  tokens: number;
}

interface Pace {
  answers: number;
  latencyMs: number;
  tokens: number;
  best: number;
}
