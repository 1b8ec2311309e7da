import type { PreferenceCheck } from '../../gen/attune/simulator/v1/simulator.ts';

/** One session read with all that was known before it: what the memory rows, the blame and its evidence are made of. */
export interface SessionView {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  /** Preferences in the profile. */
  readonly preferences: number;
  readonly turns: readonly TurnView[];
  /** Whether the method has been seen to extract preferences, in this session or before. */
  readonly extracts: boolean;
  /** Preferences enforced, extracted and known to the memory by the end of the session. */
  readonly revealed: ReadonlySet<string>;
  readonly known: ReadonlySet<string> | null;
  /** What was read from the user's messages, the last one included; and which preferences each message enforced. */
  readonly messages: readonly MessageView[];
  /** Cards that this session's messages made. */
  readonly newCards: readonly { readonly cardId: string; readonly note: NoteView }[];
  readonly coverage: number | null;
}

/** One user message. */
export interface MessageView {
  readonly extracted: readonly NoteView[];
  readonly enforced: readonly string[];
}

/** A text and the true preferences that it expresses. */
export interface NoteView {
  readonly text: string;
  readonly ids: readonly string[];
}

/** One agent turn. */
export interface TurnView {
  readonly turn: number;
  /** Null: not judged, or not scored. */
  readonly verdict: VerdictView | null;
  /** Notes in the memory block; null when the block is a history of conversations. */
  readonly notes: readonly NoteView[] | null;
  /** Preferences that the memory block expresses, by a note or by the user's own words in a history. */
  readonly inMemory: ReadonlySet<string>;
  /** Preferences that the user asked for in this session's dialogue as the model saw it. */
  readonly inDialogue: ReadonlySet<string>;
  /** Preferences that the user has enforced before this reply, in this session or an earlier one, and those of which something was extracted before it. */
  readonly stated: ReadonlyMap<string, readonly Voiced[]>;
  readonly extracted: ReadonlyMap<string, readonly Voiced[]>;
  /** Candidates of the retrieval, those chosen first, then by probability; null without a retrieval. */
  readonly ranking: readonly RankedCard[] | null;
  /** Whether a user vector took part in the choice, and whether it changed the chosen set. */
  readonly vector: { readonly changed: boolean } | null;
  /** What the simulated user noted about this reply. */
  readonly checks: readonly PreferenceCheck[];
  /** What the message that this reply answers enforced. */
  readonly asked: readonly string[];
  /** Whether the message that this reply answers was cut off as a runaway. */
  readonly runaway: boolean;
}

export interface RankedCard {
  readonly cardId: string;
  /** Null: the records do not tell what it says. */
  readonly note: NoteView | null;
  readonly chosen: boolean;
  readonly probability: number;
  readonly bonus: number;
}

/** Where a preference was voiced or read. */
export interface Voiced {
  readonly session: number;
  readonly turn: number;
  readonly text: string;
}

export interface VerdictView {
  /** As the judge said, with the plan's word on a planted probe. */
  readonly applicable: ReadonlySet<string>;
  readonly followed: ReadonlySet<string>;
  /** Applicable ones that were not followed. */
  readonly violated: readonly string[];
  readonly overApplied: ReadonlySet<string>;
  readonly ruleDecided: ReadonlySet<string>;
  readonly ruleDisagreed: ReadonlySet<string>;
}
