/**
 * Every number of the simulation. None of them names a method, and none is read anywhere but where the comment says. "assumed" means: chosen
 * to be plausible in size and right in direction, measured on no real model; a result that hangs on such a number is a result about the number.
 */

// ── The simulated agent: what it makes of wishes in its prompt ─────────────────────────────────────────────────────────────────────────────

/** Follow rate of a single remembered wish. Assumed; instruction-following tests put strong models at 0.8 to 0.95 for one instruction. */
const FOLLOW_RATE_ONE = 0.92;
/** Follow rate that a very long list of wishes tends to. Assumed: models still keep a part of a hundred instructions. */
const FOLLOW_RATE_MANY = 0.35;
/** Number of further wishes after which the distance to FOLLOW_RATE_MANY has shrunk to 1/e. Assumed; the direction (more instructions, fewer kept) is well known. */
const FOLLOW_DECAY_WISHES = 25;

/** Probability that the agent follows one remembered wish among `wishes` in its prompt: 0.92 for 1, 0.88 for 3, 0.53 for 30, towards 0.35. */
export function followRate(wishes: number): number {
  return FOLLOW_RATE_MANY + (FOLLOW_RATE_ONE - FOLLOW_RATE_MANY) * Math.exp(-(Math.max(1, wishes) - 1) / FOLLOW_DECAY_WISHES);
}

/** Least follow rate of a wish that the user voiced in the dialogue at hand. Assumed; higher than for notes, because it is recent and addressed to the agent. */
export const FOLLOW_VOICED_RATE = 0.93;
/** Probability that of opposing wishes the strongest wins (see agent/choose-rules.ts); else chance decides. Assumed. */
export const CUE_DECIDES_RATE = 0.85;
/** Probability that a wish whose condition does not hold is followed all the same when it opposes one that applies. Assumed. */
export const MIX_UP_RATE = 0.1;
/** Probability that any other wish whose condition does not hold is followed. Assumed. */
export const MISAPPLY_RATE = 0.02;

// ── The simulated agent: understanding and solving ─────────────────────────────────────────────────────────────────────────────────────────

/** Weight of words (sum of inverse document frequencies, natural logarithm) beyond which a problem needs no more telling: about thirteen rare words. Assumed. */
export const UNDERSTOOD_MASS_CAP = 60;
/** Share of the needed weight that must have been told. Assumed; with the user's shares below about one question is asked before the first answer. */
export const UNDERSTOOD_SHARE = 0.65;
/** How many times the runner-up's weight the problem must have. Assumed. */
export const UNDERSTOOD_LEAD = 1.2;
/** Questions that the agent asks before it tries with what it has. Assumed; more would use up a session of ten turns. */
export const MOST_CLARIFYING_QUESTIONS = 3;
/** Probability of solving a problem by level, 0 (unknown) to 5. Assumed; published success of 8B agents lies near 0.55 over mixed problems (spec: algorithm.md 8.1). */
export const SOLVE_RATE_BY_LEVEL: readonly [number, number, number, number, number, number] = [0.65, 0.92, 0.84, 0.72, 0.58, 0.42];
/** Probability that a wrong answer becomes right when the user doubts it. Assumed; models seldom correct themselves. */
export const CORRECTED_WHEN_DOUBTED_RATE = 0.25;
/** Probability that a right answer becomes wrong when the user doubts it. Assumed. */
export const SPOILED_WHEN_DOUBTED_RATE = 0.04;

// ── The simulated agent: habits where no wish says otherwise ───────────────────────────────────────────────────────────────────────────────

/** Opens with a pleasantry. Assumed, as are the other habits. */
export const DEFAULT_PLEASANTRY_RATE = 0.6;
/** Ends with an offer. */
export const DEFAULT_OFFER_RATE = 0.45;
/** Numbers its steps. */
export const DEFAULT_NUMBERS_RATE = 0.35;
/** Bullets its steps; the rest writes prose. */
export const DEFAULT_BULLETS_RATE = 0.2;
/** Puts a language tag on its code fences. */
export const DEFAULT_FENCE_TAG_RATE = 0.75;
/** Writes type hints in Python. */
export const DEFAULT_TYPE_HINT_RATE = 0.4;

// ── The simulated user ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Shares of a problem's pieces told in the first message, one of them drawn. Assumed: real first requests are incomplete (spec: algorithm.md 1.3, rule 3). */
export const OPENING_SHARES: readonly number[] = [0.3, 0.4, 0.5];
/** Share of a problem's pieces told in answer to a question. Assumed; simulators that tell everything at once are known to be too easy (spec: peers.md 4.1). */
export const REVEAL_SHARE = 0.3;
/** Most pieces in one message. Assumed. */
export const MOST_PIECES_AT_ONCE = 10;
/** Words in a piece; pieces that are neighbours in the problem are never put side by side, which keeps runs well below eight words. */
export const WORDS_PER_PIECE = 3;
/** Longest word told, in characters: nobody types out a formula or a drawing. Assumed. */
export const LONGEST_TOLD_WORD = 24;
/** Probability that the first message carries a remark that makes one of the user's own conditions true. Assumed; without it conditions would seldom hold. */
export const OPENING_CUE_RATE = 0.55;
/** The same for a follow-up question. Assumed. */
export const FOLLOW_UP_CUE_RATE = 0.3;
/** Probability of noticing a broken preference. Set above the bar of 0.9 for a good simulator (spec: peers.md 4.2) by more than a test of 100 replies can err. */
export const NOTICE_RATE = 0.97;
/** Probability of a complaint about a preference that was kept, per applicable preference; with 15 of them 1.5 % a reply, the bar being 5 % (spec: peers.md 4.2). */
export const FALSE_COMPLAINT_RATE = 0.001;
/** Preferences named in one complaint at most. Assumed: people do not read out a list. */
export const COMPLAINTS_AT_ONCE = 2;
/** Probability that a repeated request is voiced with disappointment. Assumed. */
export const DISAPPOINTMENT_RATE = 0.7;
/** Probability of a follow-up question before stopping with an answer. Assumed; small, because a good simulator ends the chat once its task is done (spec: peers.md 4.2). */
export const FOLLOW_UP_RATE = 0.12;
/** Follow-up questions in a session at most. Assumed. */
export const FOLLOW_UPS_PER_SESSION = 2;
/** From this number of turns left the user asks nothing more and stops or gives up. Assumed. */
export const LAST_TURNS = 1;
/** Questions of the agent, after everything has been told, at which the user gives up. Assumed. */
export const QUESTIONS_BEFORE_GIVING_UP = 4;
/** Replies without an answer at which the user gives up. Assumed. */
export const UNHELPFUL_BEFORE_GIVING_UP = 4;

/** Turns left at which a pending probe is asked although the agent has only asked questions so far. Assumed; the reply to the last message is never read. */
export const PROBE_LAST_TURNS = 2;
/** Pieces of the way that a user goes through who works in small steps, one drawn per person and problem. Assumed. */
export const STEPS_BEFORE_ACCEPTING: readonly number[] = [3, 4, 5];
/** Probability that a user who was not told a rule lapses where it would have mattered: leaks, invents, drifts out of the role, misnames, ends too early. Assumed; high, so that few dialogues show it. */
export const LAPSE_RATE = 0.6;

// ── Writers of notes and extractors ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Probability that the note writer sees a wish that the user voiced. Assumed. */
export const NOTE_RECALL = 0.95;
/** Probability that an old note is lost in a rewrite. Assumed; rewriting notes loses some (spec: algorithm.md 3.5 keeps them in one string). */
export const NOTE_DROP_RATE = 0.02;
/** Probability that a new note loses its condition and becomes general. Assumed. */
export const NOTE_GARBLE_RATE = 0.04;
/** Most notes that are kept; the oldest go first. Assumed: a note string that grows without end does not fit a prompt. */
export const MOST_NOTES = 40;
/** Probability that a wish's details survive in a session summary. Assumed; summaries drop details. */
export const SUMMARY_KEEP_RATE = 0.8;
/** Longest summary in characters, about 512 tokens (spec: algorithm.md 3.4). */
export const SUMMARY_MAX_CHARACTERS = 2000;
/** Probability that the extractor finds a voiced wish: the published recall is 0.975 (spec: algorithm.md 4.3). */
export const EXTRACTION_RECALL = 0.975;
/** Probability that the extractor takes another sentence for a wish. Set so that precision comes near the published 0.377 (spec: algorithm.md 4.3) at about one wish in five sentences. */
export const EXTRACTION_FALSE_RATE = 0.3;

/** Probability that the judge of a retrieval's notes is wrong about one. Assumed, as is the next. */
export const RELEVANCE_ERROR_RATE = 0.05;
/** How sure it says it is that a note counts, lowest and highest. */
export const RELEVANCE_CERTAINTY = [0.6, 0.95] as const;

// ── The writer of profiles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Probability that a wish repeats one that the person has already. Assumed, as are the next two; models asked for forty different things do repeat themselves. */
export const PROFILE_DUPLICATE_RATE = 0.03;
/** Probability that a wish contradicts one of them in the same situation, where the catalogue knows an opposite. */
export const PROFILE_CONTRADICTION_RATE = 0.03;
/** Probability that a wish says a word of the prompt that no user would know. */
export const PROFILE_LEAK_RATE = 0.01;

// ── Judges ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Probability that the task judge's verdict is the wrong way round. Assumed; judges with a reference agree with people in about 95 % of cases. */
export const TASK_JUDGE_ERROR_RATE = 0.03;
/** How sure the task judge says it is, 0 to 1. Assumed; constant, because it is simulated, as are the certainties of the judges below. */
export const TASK_JUDGE_CERTAINTY = 0.95;
/** Probability that the preference judge turns one verdict round. Assumed (spec: peers.md 3.1 puts good judges near 0.9 agreement; much of the rest is ambiguity that rules do not have). */
export const PREFERENCE_JUDGE_ERROR_RATE = 0.03;
/** Probability that the preference judge misses that a preference applies. Assumed. */
export const PREFERENCE_JUDGE_MISS_RATE = 0.02;
/** How sure the preference judge says it is, 0 to 1. Assumed; constant, because it is simulated. */
export const PREFERENCE_JUDGE_CERTAINTY = 0.9;
/** Probability that the judge of a probe names another outcome than the rules find. Assumed, in the size of the errors above. */
export const PROBE_JUDGE_ERROR_RATE = 0.05;
export const PROBE_JUDGE_CERTAINTY = 0.85;
/** Probability that the judge of two dialogues names the worse one. Assumed; repeated questions flip in 13.6 % of cases on average (spec: peers.md 3.1), most of them close ones. */
export const PAIR_JUDGE_ERROR_RATE = 0.04;
/** Shares of kept preferences that lie no further apart than this are equal to the judge of two dialogues. Assumed. */
export const PAIR_JUDGE_MARGIN = 0.05;
/** Probability that of two equal ones it names the one shown first; else a tie. Assumed; judges are known to favour a place, the more the closer two answers are (spec: peers.md 3.1). */
export const PAIR_JUDGE_FIRST_RATE = 0.25;
export const PAIR_JUDGE_CERTAINTY = 0.75;

/** Probability that the reward judge gives a label by chance. Assumed; small models agree with large ones in 83 to 92 % of cases (spec: algorithm.md 6.5). */
export const REWARD_JUDGE_ERROR_RATE = 0.12;
/** How sure the reward judge says it is: evenly drawn from this range. Assumed; about one label in eight falls below the bar of 0.6 for learning. */
export const REWARD_JUDGE_CONFIDENCE: readonly [number, number] = [0.55, 0.95];

// ── Reading of conversations ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The user's last messages that may make a condition true (spec: algorithm.md 1.4 pre-filters by the last three). */
export const CONDITION_WINDOW = 3;

// ── Embeddings and reranking ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Weight of a content word's features in an embedding; stop words have weight STOP_WORD_WEIGHT. Assumed. */
export const CONTENT_WORD_WEIGHT = 1;
export const STOP_WORD_WEIGHT = 0.1;
/** Weight of one character n-gram, so that inflected forms are neighbours. Assumed. */
export const CHARACTER_GRAM_WEIGHT = 0.3;
/** Length of the character n-grams. */
export const CHARACTER_GRAM_LENGTH = 4;
/** Relevance is sigmoid(RERANK_SLOPE × (overlap − RERANK_MIDDLE)), overlap being the cosine of the sets of content words: 0.08 without a common word, above 0.95 for a paraphrase. Assumed. */
export const RERANK_SLOPE = 10;
export const RERANK_MIDDLE = 0.25;

// ── The server ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Tokens of the chat template around each message, and of the start of the answer, as in common chat templates. */
export const MESSAGE_OVERHEAD_TOKENS = 4;
export const PROMPT_OVERHEAD_TOKENS = 3;
/** Words in one chunk of a stream: fewer chunks cost less and are as good for readers. */
export const STREAM_WORDS_PER_CHUNK = 4;
/** Longest request body in bytes; a context of 16k tokens is about 100 kB. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Most texts in one embedding, rerank or pooling call. */
export const MAX_TEXTS = 2048;

/** Entries of the caches of read texts (sentences, notes, preference texts): a few hundred bytes each. */
export const TEXT_CACHE_ENTRIES = 20_000;
/** Entries of the cache of token counts of message pieces. */
export const TOKEN_CACHE_ENTRIES = 20_000;
/** Entries of the cache of conditions and the remarks that fit them. */
export const CONDITION_CACHE_ENTRIES = 4096;
/** Replies whose checks are remembered: a few kilobytes each. */
export const MOMENT_CACHE_ENTRIES = 2048;
/** Bodies whose attempts are counted for seeded faults. */
export const FAULT_ATTEMPT_ENTRIES = 50_000;
