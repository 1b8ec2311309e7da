import type { Message } from '../../gen/attune/conversation/v1/conversation.ts';
import type { JudgeIdentity } from '../../gen/attune/judge/v1/judge.ts';
import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { Probe } from '../../gen/attune/simulator/v1/simulator.ts';
import type { Problem } from '../../gen/attune/task/v1/task.ts';

/** A finished session as the judge gets it, with the name of the method that the judge must not learn. */
export interface CheckedSession {
  method: string;
  userId: string;
  session: number;
  profile: Profile;
  problem: Problem;
  finalDraft: string;
  /** The whole dialogue, the greeting first. */
  dialogue: readonly Message[];
  /** A probe that was answered: with the dialogue up to and including the reply. */
  probe: { probe: Probe; dialogue: readonly Message[] } | null;
}

/** One thing that the judge was asked several times. */
export interface RepeatedItem {
  about: 'task' | 'turn' | 'probe';
  method: string;
  userId: string;
  session: number;
  /** By judge of the panel, then by repeat. A task is "right" or "wrong", a probe the id that was followed, "neither" or "several"; null is no readable answer. */
  said: (string | null)[][];
  /** For a preference in a turn. */
  turn: TurnDetails | null;
}

export interface TurnDetails {
  turn: number;
  preference: string;
  /** The rule check of the preference, empty for none, and what it says of this turn; null where it cannot decide. */
  rule: string;
  ruled: boolean | null;
  /** Whether it stood in the first half of the list, as `said`. */
  firstHalf: boolean[][];
  /** What the first judge says in the other mode: one call a turn where `said` is one a session, and the other way round. */
  otherMode: TurnSaid | null;
}

export type TurnSaid = 'followed' | 'violated' | 'undecided' | 'over_applied' | 'not_applicable';

/** Two dialogues of one user about one task, asked in both orders of the first judge. Null is an answer that cannot be read. */
export interface PairItem {
  userId: string;
  straight: PairSaid | null;
  swapped: PairSaid | null;
}

/** Which was called better, by the place at which it was shown. */
export type PairSaid = 'first' | 'second' | 'tie';

export interface JudgeObservations {
  judge: JudgeIdentity;
  repeats: number;
  items: RepeatedItem[];
  pairs: PairItem[];
  /** What was looked for in the questions; see `createPromptWatch`. */
  blindness: { questions: number; naming: number; dialogues: number };
}
