/** The transcripts that a page carries, and how many there are in all: a page can't hold every session of a large run. */
export interface TranscriptSample {
  /** Sessions of the run that have a record (and belong to the chosen users). */
  readonly total: number;
  /** The limit on the JSON text of `sessions`, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** The users that were asked for; empty means all. */
  readonly users: readonly string[];
  /** In the order of the manifest's methods, then by user and session. */
  readonly sessions: readonly Transcript[];
  /** Texts of preferences by user id and preference id, of the users in `sessions`. */
  readonly preferences: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One session as a reader wants to see it. What was not there is left out, which keeps the page small. */
export interface Transcript {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  /** "ok", "timeout", "sim_error", "agent_error" */
  readonly status: string;
  readonly error?: string;
  readonly dataset: string;
  readonly problemId: string;
  readonly greeting?: string;
  readonly turns: readonly TranscriptTurn[];
  readonly finalDraft?: string;
  readonly task?: { readonly correct?: boolean; readonly reason: string };
  readonly probe?: TranscriptProbe;
  readonly memoryTokens: number;
  readonly faults?: readonly string[];
}

export interface TranscriptTurn {
  readonly user: {
    readonly text: string;
    readonly draft?: string;
    /** Ids of preferences that the message enforces. */
    readonly enforced?: readonly string[];
    readonly disappointed?: true;
    readonly stop?: true;
    readonly probe?: true;
  };
  readonly agent?: {
    readonly text: string;
    /** The memory block; "=" when it is that of the turn before. */
    readonly memory?: string;
    readonly memoryTokens?: number;
    /** Preferences read from the user's message: "condition: action". */
    readonly extracted?: readonly string[];
    readonly verdict?: TranscriptVerdict;
  };
}

/** Lists of preference ids. */
export interface TranscriptVerdict {
  /** Set when the judge could not score the turn. */
  readonly unscored?: string;
  readonly followed?: readonly string[];
  readonly violated?: readonly { readonly id: string; readonly type: string }[];
  readonly overApplied?: readonly string[];
  /** Those that a rule check decided. */
  readonly byRule?: readonly string[];
}

export interface TranscriptProbe {
  readonly group: string;
  readonly variant: string;
  readonly query: string;
  readonly expected: string;
  /** Empty when the judge saw neither followed; missing when there is no score. */
  readonly followed?: string;
  readonly confused?: true;
  readonly unscored?: string;
}
