/** Why applicable preferences were violated: one cause for each violation in a scored agent turn. */
export interface BlameSection {
  /** All causes in the order in which they are asked about, with the words of the legend. */
  readonly causes: readonly { readonly id: BlameCause; readonly label: string; readonly meaning: string }[];
  /** In the report's order; a method without violations has none of each. */
  readonly methods: readonly BlameOfMethod[];
}

export interface BlameOfMethod {
  readonly method: string;
  readonly violations: number;
  /** In the order of `causes`, those with a count of 0 included; the shares add up to 1 when there are violations, else all are 0. */
  readonly causes: readonly { readonly id: BlameCause; readonly count: number; readonly share: number }[];
}

export type BlameCause =
  | 'judge_and_rule_disagree'
  | 'simulator_fault'
  | 'never_stated'
  | 'not_extracted'
  | 'not_kept'
  | 'not_retrieved'
  | 'lost_in_conflict'
  | 'not_followed';
