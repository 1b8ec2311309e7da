import type { Estimate } from '../../metrics/metric.ts';

/** Conflict probes: queries that several preferences of a user claim, of which one is right. Null in a report without planned probes. */
export interface ProbesSection {
  /** Word overlap between query and preferences: "aligned", "neutral", "adversarial"; those that occur, in this order. */
  readonly variants: readonly string[];
  /** Conflict groups that occur, sorted. */
  readonly groups: readonly string[];
  /** One for each method, then one for each method and variant, each method and group, each method, group and variant; sorted so. */
  readonly cells: readonly ProbeCell[];
}

/** The probes of one method, of one variant or all (null), of one group or all (null). */
export interface ProbeCell {
  readonly method: string;
  readonly variant: string | null;
  readonly group: string | null;
  /** Recorded sessions that were to carry such a probe. */
  readonly planned: number;
  /** Of those, probes that the user asked and the agent answered. */
  readonly asked: number;
  /** Of those, probes that the judge scored. */
  readonly scored: number;
  /** Scored probes whose reply followed the expected preference and no other; "neither" and several at once are wrong. */
  readonly accuracy: Estimate;
  /** Scored probes whose reply tried to satisfy several preferences. */
  readonly confusion: Estimate;
  /** Scored probes on which rule checks decided. */
  readonly ruleDecided: number;
}
