import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault, Message } from '../gen/attune/conversation/v1/conversation.ts';
import type { ExtractedPreference, FeedbackTrace, RetrievalTrace, RetrieveResponse, SimulatorSignal } from '../gen/attune/preference/v1/preference.ts';
import type { Prompt } from '../platform/prompts.ts';
import type { Random } from '../platform/random.ts';
import type { z } from 'zod';

export { Role };

/**
 * THE file to read before writing a method. Words:
 *
 * - *session*: one problem worked on by one user with one agent; *turn*: one agent reply, with the user
 *   message before it; *trajectory*: all sessions of one (method, profile) in order.
 * - *state*: what the method keeps of one user between sessions. Plain JSON, handed in and given back;
 *   the host stores it by session number, so a session can be run again from its start.
 * - *memory block*: the text that the method puts into the agent's prompt. The base prompt and the
 *   packing of the dialogue are the host's and the same for all methods: the block is the only
 *   difference between them.
 * - *card*: one preference in the preference store.
 *
 * A method is a folder in `methods/`: `method.ts` with a default export made by `defineMethod`, and its
 * prompts as `prompts/*.md`. The folder's name is the method's name; nothing is registered anywhere.
 */
export interface Method<State> {
  /** One sentence for the report. */
  summary: string;
  /** Version of the behaviour; change it when scores are no longer comparable. */
  version: string;
  /** The state of a user never met. */
  initialState: State;
  /** Whether the method keeps cards: the host then opens, closes and clears them with the session. */
  usesPreferences?: boolean;
  /** Whether the user's vector ranks the cards: then the store must have an item space. */
  usesVectors?: boolean;
  /** Whether it is there to be compared with, not to be used: reports list controls after the methods. */
  isControl?: boolean;
  /** Whether it is an oracle, which is told the user's true preferences: an upper bound for methods that must find them out. */
  needsProfile?: boolean;
  /** Whether a model trained to write notes makes some of its calls; without one configured the method is refused. */
  usesNoteWriter?: boolean;
  /** The memory product that it asks; the agent must then know where that is. */
  usesProduct?: string;
  /** Whether equal requests may get other replies although the models answer the same, as with a product that works by itself. */
  varies?: boolean;
  /** A method whose prompts it uses too, beside its own. */
  promptsFrom?: string;
  /** What the agent is told this turn; called once before every reply. Must not change the state. */
  recall(turn: TurnInput, state: State, deps: MethodDeps): Promise<Recall>;
  /** What is kept after a session; called once at its end. Leave it out to keep nothing. */
  learn?(session: SessionInput, state: State, deps: MethodDeps): Promise<State>;
  /** The remembered text, for its size in tokens; without it the state's JSON is measured. */
  memoryText?(state: State): string;
}

/** Gives a method its types; `State` follows from `initialState`. */
export function defineMethod<State>(method: Method<State>): Method<State> {
  return method;
}

/** One turn as a method sees it. */
export interface TurnInput {
  /** Session number, from 0. */
  session: number;
  /** Agent turn in the session, from 0. */
  turn: number;
  /** What the user just said. */
  userMessage: string;
  /** This session's dialogue, the greeting first, `userMessage` last. */
  dialogue: readonly Message[];
  /** The reply before and what the user said to it; null in the first turn and when no cards were retrieved for that reply. */
  answered: AnsweredTurn | null;
  /** What the user truly prefers, in the profile's order; null for every method that does not declare `needsProfile`. */
  truePreferences: readonly TruePreference[] | null;
}

/** One preference of the user's profile, as only an oracle sees it. */
export interface TruePreference {
  /** "When <condition>: <action>", or only the action. */
  text: string;
  /** Whether a message of the user in this session shows that its condition holds; unconditional ones always do. */
  applies: boolean;
}

/** One reply, the cards it was given, and what the user said to it. */
export interface AnsweredTurn {
  /** Of the reply. */
  turn: number;
  userMessage: string;
  agentMessage: string;
  nextUserMessage: string;
  retrieval: RetrievalTrace;
  /** What a simulated user privately noted; only there when the experiment takes rewards from it. */
  simulator: SimulatorSignal | undefined;
}

/** A finished session as a method sees it. */
export interface SessionInput {
  session: number;
  /** The whole dialogue, the greeting first. */
  dialogue: readonly Message[];
  /** The last reply and what the user said to it; null when the user said nothing more or no cards were retrieved for it. */
  answered: AnsweredTurn | null;
}

/** What a method remembers for one turn. */
export interface Recall {
  /** The memory block; empty for none. */
  block: string;
  /** Cards in the block. */
  cardIds?: string[];
  /** How they were chosen, for the session's record. */
  retrieval?: RetrievalTrace | undefined;
  /** Share of the user's messages of earlier sessions that stand word for word in the block, 0 to 1; for methods that keep the history itself. */
  coverage?: number | undefined;
}

/** All that a method may touch. */
export interface MethodDeps {
  /** Asks the agent's model, or the one named in `by`, for an answer of the given shape. */
  completeJson<T>(ask: JsonAsk<T>): Promise<T>;
  /** A prompt of the method's folder by file name without `.md`. */
  prompt(name: string): Prompt;
  countTokens(text: string): number;
  /** Tokens for memory and dialogue together: context length less the reply, a margin and the base prompt. */
  contextTokens: number;
  /** The user's cards; refuses when the method does not declare `usesPreferences`. */
  preferences: PreferenceMemory;
  /** The user's memory in a product; refuses when the method does not declare `usesProduct`. */
  product: ProductMemory;
  /** Seeded by session, turn and purpose. */
  random: Random;
  /** Records something that went wrong without ending the turn. */
  fault(kind: Fault['kind'], detail: string): void;
}

/** One call of a method for an answer of a given shape. */
export interface JsonAsk<T> {
  prompt: string;
  /** Names the shape on the wire. */
  name: string;
  schema: z.ZodType<T>;
  maxTokens: number;
  temperature: number;
  /** Who answers: the agent's model unless told; `note_writer` needs `usesNoteWriter`. */
  by?: 'agent' | 'note_writer';
  /** Number of a draft, when the same question is asked several times for different answers. */
  draft?: number;
}

/** One user's cards in one session. */
export interface PreferenceMemory {
  /** Reads preferences from the last message and stores them as cards of the given turn. */
  learnFrom(messages: readonly Message[], turn: number): Promise<ExtractedPreference[]>;
  /** Cards for a message: those that always apply and the chosen ones, or all that stand. */
  retrieve(userMessage: string, turn: number, options?: RetrieveOptions): Promise<RetrieveResponse>;
  /** Rewards the cards that a reply was given by what the user said to it; the user's vectors move. */
  feedback(answered: AnsweredTurn): Promise<FeedbackTrace>;
}

/** One user's memory in a product, which follows the sessions of a state. */
export interface ProductMemory {
  /** Tells the product those of these sessions that it was not told, waits until it can find them, and gives what fits the query best, the best first. */
  recall(sessions: readonly ObservedSession[], query: string): Promise<ProductItem[]>;
}

/** A session as a product is told it. */
export interface ObservedSession {
  session: number;
  messages: readonly { role: 'user' | 'assistant'; content: string }[];
}

/** One memory of a product. */
export interface ProductItem {
  /** The product's id of it. */
  id: string;
  text: string;
  /** When it stopped being true, where the product says so; null for what still holds. */
  endedAt: string | null;
}

export interface RetrieveOptions {
  /** What the user's vector does; it is off unless told. `frozen` and `random` are controls. */
  vector?: 'off' | 'learned' | 'frozen' | 'random';
  /** Every standing card instead of the chosen ones. */
  all?: boolean;
}

/** A dialogue as plain lines, "User: …" and "Agent: …". */
export function transcriptText(dialogue: readonly Message[]): string {
  return dialogue.map((m) => `${m.role === Role.USER ? 'User' : 'Agent'}: ${m.content}`).join('\n');
}

/** The newest part of a text that has at most so many tokens. */
export function newestWithin(text: string, tokens: number, deps: Pick<MethodDeps, 'countTokens'>): string {
  let rest = text;
  for (let size = deps.countTokens(rest); size > tokens && rest !== ''; size = deps.countTokens(rest)) {
    const from = Math.max(1, Math.ceil(rest.length * (1 - Math.max(0, tokens) / size)));
    rest = rest.slice(from).replace(/^[\uDC00-\uDFFF]/, '');
  }
  return rest;
}
