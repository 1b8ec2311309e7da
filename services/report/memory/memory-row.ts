/**
 * What one session says about a method's memory. Everything is a count, so that a metric is a quotient of two sums; null where nothing can be said, which is not the
 * same as 0. Texts are held against the user's true preferences by match.ts.
 */
export interface MemoryRow {
  readonly method: string;
  readonly userId: string;
  /** From 0. */
  readonly session: number;

  /** Notes in the prompts of scored agent turns, each turn counted anew. Null: nothing was judged, or the block holds no notes but a history. */
  readonly injected: number | null;
  /** Of these, notes that express a preference which applied in that turn. Memory precision is injectedApplicable / injected. */
  readonly injectedApplicable: number | null;
  /** True preferences that applied in scored agent turns, each turn counted anew. Null: nothing was judged. */
  readonly applicable: number | null;
  /** Of these, preferences that stood in the prompt's memory. Memory recall is applicableInjected / applicable. */
  readonly applicableInjected: number | null;

  /** Scored turns with a ranking and at least one applicable preference that a conditional card holds. Null: the method ranks nothing, or nothing was judged. */
  readonly ranked: number | null;
  /** Sum over these of nDCG at the number of cards asked for, 0 to 1 each. */
  readonly ndcgSum: number | null;
  /** Applicable preferences that a conditional card holds, over the same turns. */
  readonly rankable: number | null;
  /** Of these, preferences with a card among the first k. */
  readonly rankedInTop: number | null;

  /** Preferences read from this session's user messages. Null: the method extracts nothing, as far as its records show. */
  readonly extracted: number | null;
  /** Of these, ones that express a preference which that message enforced. Extraction precision is extractedRevealed / extracted. */
  readonly extractedRevealed: number | null;
  /** Preferences that this session's user messages enforced, each message counted anew. */
  readonly revealed: number | null;
  /** Of these, ones that were extracted from that message. Extraction recall is revealedExtracted / revealed. */
  readonly revealedExtracted: number | null;

  /** Preferences in the user's profile. */
  readonly preferences: number;
  /** Of these, ones the memory is known to hold: cards by the end of the session; for other memories what stood in this session's prompts. Null: no memory was ever shown. */
  readonly known: number | null;
  /** Preferences that the user has enforced at least once up to this session's end. */
  readonly revealedSoFar: number;

  /** Turns in which a user vector took part in choosing among cards. Null: no vector. */
  readonly vectorTurns: number | null;
  /** Of these, turns in which it changed the set of chosen cards. */
  readonly vectorChanged: number | null;

  /** Share of this user's messages of earlier sessions that stand word for word in the session's first prompt, 0 to 1. Null: the method keeps no history, or there is none yet. */
  readonly coverage: number | null;
}
