import type { ModelUsage } from '../../gen/attune/conversation/v1/conversation.ts';

/**
 * Works out, from sessions that were really played, how many model calls a method makes and how large they are when sessions have another
 * length. The played sessions give the prompts' fixed parts, which depend on the code alone; `shape` gives what depends on the models: turns
 * of a session and tokens of messages. What a method keeps of its user is taken to grow by session as it did, in proportion to the dialogue,
 * up to `mostMemory`; so do the candidates that a reranker reads, up to `mostReranked`.
 *
 * Calls are counted per user message (simulator, extractor), per agent turn (agent, embedding, reranker, reward, and a judge with a call for each turn) or per session
 * (the rest).
 */
export function workloadOf(played: readonly PlayedSession[], shape: Shape, judgeMode: 'session' | 'turn' = 'session'): RoleLoad[] {
  const sum = (of: (session: PlayedSession) => number) => played.reduce((total, session) => total + of(session), 0);
  const sessions = Math.max(1, played.length);
  const was: Dialogue = { turns: sum((s) => s.turns) / sessions, user: sum((s) => s.userTokens) / Math.max(1, sum((s) => s.userMessages)), agent: sum((s) => s.agentTokens) / Math.max(1, sum((s) => s.turns)) };
  const grown = (shape.turns * (shape.user + shape.agent)) / Math.max(1, was.turns * (was.user + was.agent));
  const memory = averageGrown(played.map((s) => ({ session: s.session, value: s.memoryTokens })), shape, { factor: grown, most: shape.mostMemory }) - sum((s) => s.memoryTokens) / sessions;

  const totals = new Map<string, { calls: number; prompt: number; out: number }>();
  for (const usage of played.flatMap((session) => session.usage)) {
    const total = totals.get(usage.role) ?? { calls: 0, prompt: 0, out: 0 };
    totals.set(usage.role, { calls: total.calls + usage.calls, prompt: total.prompt + usage.promptTokens, out: total.out + usage.completionTokens });
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([role, { calls, prompt, out }]) => {
    const law = role === 'judge' && judgeMode === 'turn' ? JUDGE_BY_TURN : (LAWS[role] ?? PER_SESSION);
    const callsNow = (calls / sessions) * (law.times(shape.turns) / law.times(Math.max(1, was.turns)));
    const fixed = law.perCard ? promptGrown(played, role, shape, grown) : Math.max(0, prompt / Math.max(1, calls) - law.dialogue(was));
    return {
      role,
      callsPerSession: callsNow,
      promptPerCall: fixed + law.dialogue(shape) + (law.memory ? Math.max(-fixed, memory) : 0),
      fixedPerCall: fixed,
      outPerCall: role === 'agent' ? shape.agent : (shape.out[role] ?? out / Math.max(1, calls)),
    };
  });
}

/** Sessions of this shape (spec: operations.md 6.3), for models that nobody has measured yet. */
export const ASSUMED_SHAPE: Omit<Shape, 'sessions' | 'mostMemory' | 'mostReranked'> = { turns: 8, user: 60, agent: 350, out: { simulator: 250, memory: 400, note_writer: 400, judge: 225 } };

/** Tokens that an average call sees of the dialogue, by how a role reads it. */
const SO_FAR = ({ turns, user, agent }: Dialogue) => ((turns - 1) / 2) * (user + agent);
const WHOLE = ({ turns, user, agent }: Dialogue) => turns * (user + agent);
const NONE = () => 0;

const PER_SESSION: Law = { times: () => 1, dialogue: WHOLE, memory: false };
const PER_TURN: Law = { times: (turns) => turns, dialogue: NONE, memory: false };
const PER_MESSAGE: Law = { times: (turns) => turns + 1, dialogue: NONE, memory: false };
const LAWS: Readonly<Record<string, Law>> = {
  simulator: { ...PER_MESSAGE, dialogue: SO_FAR },
  simulator_fields: { ...PER_MESSAGE, dialogue: SO_FAR },
  agent: { times: (turns) => turns, dialogue: (shape) => SO_FAR(shape) + shape.user, memory: true },
  extractor: PER_MESSAGE,
  embedding: PER_TURN,
  reranker: { ...PER_TURN, perCard: true },
  reward: PER_TURN,
  // One call reads the whole session, the other the draft alone.
  judge: { ...PER_SESSION, dialogue: (shape) => WHOLE(shape) / 2 },
};

/** One call reads the draft, and each turn's the session up to it, which makes half of the dialogue on average too. */
const JUDGE_BY_TURN: Law = { times: (turns) => turns + 1, dialogue: (shape) => WHOLE(shape) / 2, memory: false };

/** Tokens of a role's prompts when there are more cards to read with every session. */
function promptGrown(played: readonly PlayedSession[], role: string, shape: Shape, factor: number): number {
  const points = played.flatMap(({ session, usage }) => {
    const own = usage.filter((entry) => entry.role === role);
    const calls = own.reduce((total, entry) => total + entry.calls, 0);
    return calls === 0 ? [] : [{ session, value: own.reduce((total, entry) => total + entry.promptTokens, 0) / calls }];
  });
  return averageGrown(points, shape, { factor, most: shape.mostReranked });
}

/** Mean over the planned sessions of something that grows along a straight line through the points; `factor` steepens it, `most` ends it. */
function averageGrown(points: readonly { session: number; value: number }[], { sessions }: Shape, { factor, most }: { factor: number; most: number }): number {
  const mean = (of: (point: { session: number; value: number }) => number) => points.reduce((total, point) => total + of(point), 0) / Math.max(1, points.length);
  const [session, value] = [mean((point) => point.session), mean((point) => point.value)];
  const spread = mean((point) => (point.session - session) ** 2);
  const slope = spread === 0 ? 0 : Math.max(0, mean((point) => (point.session - session) * (point.value - value)) / spread);
  const start = Math.max(0, value - slope * session);
  return Array.from({ length: sessions }, (_, index) => Math.min(most, start + slope * factor * index)).reduce((total, size) => total + size, 0) / sessions;
}

interface Dialogue {
  /** Agent turns of a session. */
  readonly turns: number;
  /** Tokens of a user message. */
  readonly user: number;
  /** Tokens of a reply. */
  readonly agent: number;
}

/** How sessions will be. */
export interface Shape extends Dialogue {
  /** Sessions of one user with one method. */
  readonly sessions: number;
  /** Tokens of an answer by role, where the played ones say nothing about the models to be used. */
  readonly out: Readonly<Record<string, number>>;
  /** The most tokens of memory that fit a prompt. */
  readonly mostMemory: number;
  /** The most tokens that one reranking reads. */
  readonly mostReranked: number;
}

/** What is needed of one session that was played; counts are of the whole session, `memoryTokens` the mean over its turns. */
export interface PlayedSession {
  readonly session: number;
  readonly turns: number;
  readonly userMessages: number;
  readonly userTokens: number;
  readonly agentTokens: number;
  readonly memoryTokens: number;
  readonly usage: readonly ModelUsage[];
}

/** The calls of one role in an average session of one method. */
export interface RoleLoad {
  readonly role: string;
  readonly callsPerSession: number;
  readonly promptPerCall: number;
  /** Of the prompt, what does not depend on the dialogue. */
  readonly fixedPerCall: number;
  readonly outPerCall: number;
}

interface Law {
  times(turns: number): number;
  dialogue(shape: Dialogue): number;
  /** Whether the prompt holds the method's memory. */
  readonly memory: boolean;
  /** Whether it grows with the cards that a user has. */
  readonly perCard?: boolean;
}
