import type { EndSessionResponse, MethodAgentClient } from '../gen/attune/agent/v1/agent.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault, Message, ModelUsage, SessionKey } from '../gen/attune/conversation/v1/conversation.ts';
import type { RetrievalTrace, SimulatorSignal } from '../gen/attune/preference/v1/preference.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import { SessionRecord, SessionStatus, TurnRecord, UserTurn } from '../gen/attune/record/v1/record.ts';
import { Mode } from '../gen/attune/simulator/v1/simulator.ts';
import type { Probe, RespondResponse as UserResponse, UserSimulatorClient } from '../gen/attune/simulator/v1/simulator.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import { seedFrom } from '../platform/random.ts';
import { countTokens } from '../platform/tokens.ts';
import type { PlannedSession } from './plan.ts';

/** What the agent says before the user has said anything; part of the transcript (spec: algorithm.md 1.2). */
export const greetingPrompt = loadPrompt(new URL('./prompts/greeting.md', import.meta.url));

/** The most characters of one message, as attune.conversation.v1.Message says. */
const MOST_CHARACTERS = 100_000;

/** Version of the session record that this code writes. */
const SCHEMA_VERSION = 1;

/**
 * Runs ONE session from start to end: the file to read first (spec: algorithm.md 1.2, 1.6). It reads no
 * configuration, writes no file and repeats nothing. A failure of the user or of the agent ends the
 * session with a status and one sentence; only `cancelled` is thrown.
 */
export async function runSession(work: SessionWork, clients: SessionClients, options: SessionOptions): Promise<SessionOutcome> {
  const { planned, profile, key } = work;
  const seed = work.attempt === 1 ? planned.seed : seedFrom(planned.seed, 'attempt', work.attempt);
  const call = { signal: options.signal };
  const meter = createUsageMeter();
  const dialogue: Message[] = [{ role: Role.ASSISTANT, content: greetingPrompt.render({}) }];
  const record = emptyRecord(work, dialogue[0]!.content);
  let party: 'simulator' | 'agent' = 'agent';

  const say = (role: Role, content: string) => {
    if (content !== '') dialogue.push({ role, content });
  };
  const keepUser = (user: UserResponse): UserTurn => {
    const { faults: _faults, usage: _usage, ...said } = user;
    const turn = UserTurn.fromPartial(said);
    record.faults.push(...user.faults);
    addUsage(meter, user.usage);
    record.finalDraft = turn.draftAnswer;
    return turn;
  };
  const signal = () => (options.simulatorSignals ? signalOf(record) : undefined);
  const ask = (mode: Mode, turn: number) => {
    party = 'simulator';
    return clients.simulator.respond(
      {
        profile,
        task: planned.problem.task,
        dialogue,
        draftAnswer: record.finalDraft,
        mode,
        probe: mode === Mode.MESSAGE ? pendingProbe(planned, record, turn) : undefined,
        seed: seedFrom(seed, 'simulator', turn),
        turnsLeft: options.maxTurns - turn,
      },
      call,
    );
  };

  try {
    record.memoryBefore = (await clients.agent.startSession({ key }, call)).memoryHash;
    let stopped = false;
    let previousRetrieval: RetrievalTrace | undefined;
    for (let turn = 0; turn < options.maxTurns && !stopped; turn++) {
      const startedAt = performance.now();
      const user = keepUser(await ask(Mode.MESSAGE, turn));
      const kept = TurnRecord.fromPartial({ turn, user });
      record.turns.push(kept);
      say(Role.USER, user.userMessage);
      stopped = user.stop;
      if (stopped) break;
      party = 'agent';
      const oracleProfile = clients.agentNeedsProfile ? profile : undefined;
      const reply = await clients.agent.respond({ key, turn, dialogue, seed: seedFrom(seed, 'agent', turn), previousRetrieval, simulatorSignal: signal(), oracleProfile }, call);
      const { agentMessage, injected, extracted, retrieval, feedback, stored } = reply;
      if (agentMessage === '') throw new AttuneError('data_loss', 'The agent gave an empty reply.');
      if (agentMessage.length > MOST_CHARACTERS) throw new AttuneError('resource_exhausted', `The agent gave a reply of ${agentMessage.length} characters; at most ${MOST_CHARACTERS} are taken.`);
      kept.agent = { agentMessage, injected, extracted, retrieval, feedback, stored };
      previousRetrieval = retrieval;
      record.faults.push(...reply.faults);
      addUsage(meter, reply.usage);
      say(Role.ASSISTANT, agentMessage);
      options.onTurn?.({ turn, usage: reply.usage, wallMs: performance.now() - startedAt });
    }
    if (!stopped) record.finalCheck = keepUser(await ask(Mode.FINAL_DRAFT, options.maxTurns));
    party = 'agent';
    const simulatorSignal = stopped ? signal() : undefined;
    const end = await clients.agent.endSession({ key, dialogue, seed: seedFrom(seed, 'learn'), lastRetrieval: previousRetrieval, simulatorSignal }, call);
    keepEnd(record, end);
    addUsage(meter, end.usage);
    record.status = stopped ? SessionStatus.OK : SessionStatus.TIMEOUT;
    // A user who could still have asked has said so already.
    const known = record.faults.some(({ kind }) => kind === 'probe_dropped');
    if (planned.probe && !known && !isPlanted(record)) record.faults.push(probeDropped(planned.probe, record.turns.length));
  } catch (thrown) {
    const error = AttuneError.from(thrown);
    if (options.signal.aborted) throw error;
    record.status = party === 'agent' ? SessionStatus.AGENT_ERROR : SessionStatus.SIM_ERROR;
    record.error = error.message;
    return { record: finish(record, meter), usage: meter.list(), failure: error };
  }
  return { record: finish(record, meter), usage: meter.list(), failure: null };
}

/** What the user privately noted about the last reply, told by its newest message; undefined before there is a reply. */
function signalOf({ turns }: SessionRecord): SimulatorSignal | undefined {
  const [before, now] = [turns.at(-2), turns.at(-1)];
  if (!before?.agent || !now?.user) return undefined;
  const { enforcesPreferences, expressesDisappointment, draftAnswer, stop, agentWasClarifying } = now.user;
  return { enforces: enforcesPreferences, disappointed: expressesDisappointment, draftChanged: draftAnswer !== before.user?.draftAnswer, stopped: stop, clarifying: agentWasClarifying };
}

function emptyRecord({ planned, key, attempt }: SessionWork, greeting: string): SessionRecord {
  return SessionRecord.fromPartial({
    schemaVersion: SCHEMA_VERSION,
    method: key.user?.method ?? '',
    userId: key.user?.userId ?? '',
    session: planned.session,
    dataset: planned.problem.task?.dataset ?? '',
    problemId: planned.problem.task?.problemId ?? '',
    seed: planned.seed,
    attempts: attempt,
    greeting,
    ...(planned.probe && { probe: planned.probe }),
  });
}

/** The probe as long as it waits to be asked: from its turn on until a message has carried it. */
function pendingProbe({ probe }: PlannedSession, record: SessionRecord, turn: number): Probe | undefined {
  return probe && turn >= probe.turn && !isPlanted(record) ? probe : undefined;
}

function isPlanted({ turns }: SessionRecord): boolean {
  return turns.some(({ user }) => user?.probePlanted);
}

function probeDropped({ turn, templateId }: Probe, turns: number): Fault {
  return { kind: 'probe_dropped', turn: turns, detail: `The session ended before the user asked the probe ${templateId}, which was due from turn ${turn}.` };
}

function keepEnd(record: SessionRecord, end: EndSessionResponse): void {
  record.memoryAfter = end.memoryHash;
  record.memoryTokens = end.memoryTokens;
  record.endExtracted = end.extracted;
  record.endFeedback = end.feedback;
  record.endStored = end.stored;
  record.faults.push(...end.faults);
}

/** Sums what can be summed; latencies stay out, since equal sessions must have equal records. */
function finish(record: SessionRecord, meter: ReturnType<typeof createUsageMeter>): SessionRecord {
  const total = (texts: string[]) => texts.reduce((sum, text) => sum + countTokens(text), 0);
  record.userTokens = total(record.turns.map((t) => t.user?.userMessage ?? ''));
  record.agentTokens = total(record.turns.map((t) => t.agent?.agentMessage ?? ''));
  record.usage = meter.list({ latency: false });
  return record;
}

function addUsage(meter: ReturnType<typeof createUsageMeter>, usage: readonly ModelUsage[]): void {
  for (const entry of usage) meter.add(entry);
}

/** The session to run. */
export interface SessionWork {
  planned: PlannedSession;
  profile: Profile;
  key: SessionKey;
  /** From 1; a later attempt draws anew. */
  attempt: number;
}

export interface SessionClients {
  simulator: UserSimulatorClient<CallOptions>;
  agent: MethodAgentClient<CallOptions>;
  /** Whether the method says that it is an oracle; only then is it told the user's profile. */
  agentNeedsProfile: boolean;
}

export interface SessionOptions {
  /** The most user messages. */
  maxTurns: number;
  /** Tell the agent what the user privately noted, for methods that take rewards from there. */
  simulatorSignals: boolean;
  /** Gives the session up; it then leaves no record. */
  signal: AbortSignal;
  onTurn?: (turn: { turn: number; usage: ModelUsage[]; wallMs: number }) => void;
}

export interface SessionOutcome {
  record: SessionRecord;
  /** The record's model calls with their latencies. */
  usage: ModelUsage[];
  /** Why the session failed; null for ok and timeout. */
  failure: AttuneError | null;
}

export interface CallOptions {
  signal?: AbortSignal;
}
