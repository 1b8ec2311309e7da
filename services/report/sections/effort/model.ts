import type { Estimate } from '../../metrics/metric.ts';

/** What the users had to do, by kind of effort and by session. */
export interface EffortSection {
  readonly categories: readonly EffortCategory[];
  /** In the report's order of methods. */
  readonly methods: readonly MethodEffort[];
}

/** A kind of effort with its weight in the weighted effort (spec: algorithm.md 7.2). */
export interface EffortCategory {
  readonly id: 'enforcement' | 'clarification' | 'correction' | 'rephrasing' | 'frustration';
  readonly label: string;
  readonly weight: number;
  /** What of a record counts, in one sentence. */
  readonly about: string;
  /** False when no record shows it; it then counts 0 in the weighted effort and has no numbers. */
  readonly recorded: boolean;
}

export interface MethodEffort {
  readonly method: string;
  /** Both factors of enforcements per session: a method may enforce more often a turn and still less often a session. */
  readonly enforcementRate: Estimate;
  readonly turnsPerSession: Estimate;
  readonly enforcementsPerSession: Estimate;
  /** By session index, in order. */
  readonly bySession: readonly EffortPoint[];
}

/** Means over the recorded sessions of one index; null without any. */
export interface EffortPoint {
  readonly session: number;
  /** Recorded sessions. */
  readonly n: number;
  /** User messages of each kind, a session. */
  readonly enforcement: number | null;
  readonly clarification: number | null;
  readonly rephrasing: number | null;
  readonly frustration: number | null;
  /** Points a session, by the weights. */
  readonly weighted: number | null;
  /** Tokens that the user wrote, a session. */
  readonly userTokens: number | null;
}
