/** What a judge was asked again and again and said; who asks stands elsewhere. Null is an answer that could not be read. */
export interface JudgeObservations {
  readonly judge: { readonly model: string; readonly panel: readonly string[]; readonly promptHash: string; readonly parserVersion: number };
  readonly repeats: number;
  readonly items: readonly RepeatedItem[];
  readonly pairs: readonly PairItem[];
  readonly blindness: { readonly questions: number; readonly naming: number; readonly dialogues: number };
}

export interface RepeatedItem {
  readonly about: 'task' | 'turn' | 'probe';
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  /** By judge of the panel, then by repeat. A task is "right" or "wrong", a turn a TurnSaid, a probe the id that was followed, "neither" or "several". */
  readonly said: readonly (readonly (string | null)[])[];
  /** For a preference in a turn. */
  readonly turn: TurnDetails | null;
}

interface TurnDetails {
  readonly rule: string;
  /** What the rule check says; null where there is none or it cannot decide. */
  readonly ruled: boolean | null;
  /** Whether the preference was shown in the first half of the list, as `said`. */
  readonly firstHalf: readonly (readonly boolean[])[];
  /** The first judge's verdict in the other mode. */
  readonly otherMode: TurnSaid | null;
}

export type TurnSaid = 'followed' | 'violated' | 'undecided' | 'over_applied' | 'not_applicable';

/** Two dialogues asked in both orders: which was called better, by the place at which it was shown. */
export interface PairItem {
  readonly userId: string;
  readonly straight: 'first' | 'second' | 'tie' | null;
  readonly swapped: 'first' | 'second' | 'tie' | null;
}
