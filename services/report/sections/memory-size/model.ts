import type { Estimate } from '../../metrics/metric.ts';

/** How big memories grow. Methods that keep none are left out; null when none keeps any. */
export interface MemorySizeSection {
  /** In the report's order of methods. */
  readonly methods: readonly MethodMemorySize[];
}

export interface MethodMemorySize {
  readonly method: string;
  /** By session index, in order. */
  readonly bySession: readonly MemorySizePoint[];
}

export interface MemorySizePoint {
  readonly session: number;
  /** Tokens of the memory after the session, mean over profiles. */
  readonly memoryTokens: Estimate;
  /** Tokens of the memory block in the prompt, mean over the session's agent turns. */
  readonly injectedTokens: Estimate;
}
