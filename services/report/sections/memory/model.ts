/** What the methods' memories held, chose and gave to the prompts, pooled over all sessions of a method. */
export interface MemorySection {
  /** In the report's order; methods without any of these figures are left out. */
  readonly methods: readonly MemoryOfMethod[];
  /** k of nDCG@k and recall@k: the most cards that a retrieval chooses. */
  readonly k: number;
  /** How often the matching of texts with true preferences is right, on labelled pairs that were not used to make it. */
  readonly matching: MatchingAccuracy;
}

/** All shares are 0 to 1; null where nothing can be said. */
export interface MemoryOfMethod {
  readonly method: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly ndcg: number | null;
  readonly recallAtK: number | null;
  readonly extraction: { readonly precision: number | null; readonly recall: number | null; readonly f1: number | null } | null;
  /** Share of the turns with a vector in which it changed the chosen cards. */
  readonly vectorChanged: number | null;
  /** By session from 0; each is a mean over users, null where no user has a value. */
  readonly bySession: readonly MemorySessionPoint[];
}

export interface MemorySessionPoint {
  readonly session: number;
  /** Share of a profile's preferences that the memory is known to hold. */
  readonly reconstruction: number | null;
  /** Share of a profile's preferences that the user has enforced so far: no memory of words can know more. */
  readonly revealed: number | null;
  /** Share of the user's earlier messages that stand word for word in the prompt. */
  readonly coverage: number | null;
}

export interface MatchingAccuracy {
  /** Texts that express a preference of the profile. */
  readonly positives: number;
  /** Of these, texts for which exactly the right preference was found, 0 to 1. */
  readonly recall: number;
  /** Texts that express none of them. */
  readonly negatives: number;
  /** Share of these for which a preference was found all the same, 0 to 1. */
  readonly falsePositives: number;
}
