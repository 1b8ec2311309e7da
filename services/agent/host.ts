import { createHash } from 'node:crypto';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Fault, Message, SessionKey } from '../gen/attune/conversation/v1/conversation.ts';
import { EndSessionResponse, RespondResponse } from '../gen/attune/agent/v1/agent.ts';
import type { EndSessionRequest, RespondRequest } from '../gen/attune/agent/v1/agent.ts';
import type { ExtractedPreference, FeedbackTrace, PreferenceStoreClient, RetrievalTrace, SimulatorSignal, StoredCard } from '../gen/attune/preference/v1/preference.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import { conditionHolds, preferenceText } from '../catalogue/index.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { ModelClient, UsageMeter } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import { createRandom, seedFrom } from '../platform/random.ts';
import { countTokens } from '../platform/tokens.ts';
import type { AgentConfig } from './config.ts';
import type { LoadedMethod } from './load-method.ts';
import type { AnsweredTurn, JsonAsk, MethodDeps, TruePreference } from './method.ts';
import { MARGIN_TOKENS, pack } from './pack.ts';
import { createPreferenceMemory, noPreferenceMemory } from './preference-memory.ts';
import { requireUser, type StateStore } from './state.ts';
import type { Products } from './products/products.ts';
import type { StreamHooks } from './stream.ts';

/** What all methods of one process share. */
export interface HostDeps {
  /** Writes the replies. */
  agentModel: ModelClient;
  /** Makes the methods' own calls; the same model under a role of its own, so that its cost shows. */
  memoryModel: ModelClient;
  /** Trained to write notes; null when none is configured. */
  noteWriter: ModelClient | null;
  preferences: PreferenceStoreClient<{ signal?: AbortSignal }> | null;
  states: StateStore;
  /** Memory products; left out where no method uses one. */
  products?: Products;
}

export const basePrompts = {
  base: loadPrompt(new URL('./prompts/base.md', import.meta.url)),
  memory: loadPrompt(new URL('./prompts/memory.md', import.meta.url)),
};

/**
 * Answers the last user message: the method says what is remembered, the host does the rest the same
 * way for every method (spec: algorithm.md 3.1).
 */
export async function respond(
  hosted: LoadedMethod,
  request: RespondRequest,
  config: AgentConfig,
  host: HostDeps,
  call: { signal: AbortSignal } & Partial<StreamHooks>,
): Promise<RespondResponse> {
  const key = keyOf(request.key);
  checkRoles(request.dialogue);
  const userMessage = request.dialogue.at(-1);
  if (userMessage?.role !== Role.USER) {
    throw new AttuneError('invalid_argument', 'The dialogue must end with a user message.');
  }
  const meter = createUsageMeter();
  const faults: Fault[] = [];
  const extracted: ExtractedPreference[] = [];
  const noted: Noted = { seed: request.seed, signal: call.signal, meter, faults, extracted, stored: [], turn: request.turn };
  const deps = methodDeps(hosted, key, config, host, noted);
  const answered = answeredTurn(request.dialogue, request.previousRetrieval, request.simulatorSignal);
  const truePreferences = truePreferencesOf(hosted, request.oracleProfile, request.dialogue);
  const turn = { session: key.session, turn: request.turn, userMessage: userMessage.content, dialogue: request.dialogue, answered, truePreferences };
  const recalled = await hosted.method.recall(turn, stateAt(hosted, host, key), deps);

  const base = basePrompts.base.render({});
  const system = recalled.block === '' ? base : `${base}\n\n${basePrompts.memory.render({ block: recalled.block })}`;
  const packed = pack(system, request.dialogue, config);
  const { maxTokens, temperature, topP } = config;
  const reply = await host.agentModel.complete(
    { messages: packed.messages, temperature, topP, maxTokens, seed: request.seed },
    { ...call, meter, affinity: affinityOf(key) },
  );
  const agentMessage = reply.text.trim();
  if (agentMessage === '') throw new AttuneError('data_loss', `The model ${host.agentModel.model} gave an empty reply.`);
  return RespondResponse.fromPartial({
    agentMessage,
    injected: {
      block: recalled.block,
      cardIds: recalled.cardIds ?? [],
      tokens: recalled.block === '' ? 0 : countTokens(recalled.block),
      droppedMessages: packed.dropped,
      ...(recalled.coverage !== undefined && { coverage: recalled.coverage }),
    },
    extracted,
    ...(recalled.retrieval && { retrieval: recalled.retrieval }),
    ...(noted.feedback && { feedback: noted.feedback }),
    stored: noted.stored,
    faults,
    usage: meter.list(),
  });
}

/** Lets the method learn from a finished session and stores its new state. Safe to repeat. */
export async function endSession(
  hosted: LoadedMethod,
  request: EndSessionRequest,
  config: AgentConfig,
  host: HostDeps,
  signal: AbortSignal,
): Promise<EndSessionResponse> {
  const key = keyOf(request.key);
  checkRoles(request.dialogue);
  const meter = createUsageMeter();
  const faults: Fault[] = [];
  const extracted: ExtractedPreference[] = [];
  const turn = request.dialogue.filter((m) => m.role === Role.USER).length;
  const noted: Noted = { signal, seed: request.seed, meter, faults, extracted, stored: [], turn };
  const deps = methodDeps(hosted, key, config, host, noted);
  const answered = answeredTurn(request.dialogue, request.lastRetrieval, request.simulatorSignal);
  const { method } = hosted;
  const before = stateAt(hosted, host, key);
  const after = method.learn ? await method.learn({ session: key.session, dialogue: request.dialogue, answered }, before, deps) : before;
  // A method that goes on without a failed call must not take a call that was given up for one that failed.
  if (signal.aborted) throw new AttuneError('cancelled', 'The end of the session was cancelled; nothing of it is kept.');
  const json = withinLimit(hosted, JSON.stringify(after), config);
  if (method.learn) host.states.put(key, json);
  const cards = method.usesPreferences ? await storeOf(hosted, host).endSession({ key }, { signal }) : null;
  const notes = method.usesPreferences ? await cardNotes(hosted, host, key, signal) : '';
  const text = method.memoryText ? method.memoryText(after) : after === method.initialState ? '' : json;
  return EndSessionResponse.fromPartial({
    memoryHash: memoryHash(hosted, json, cards?.stateHash ?? ''),
    memoryTokens: countTokens(text) + countTokens(notes),
    faults,
    usage: meter.list(),
    extracted,
    stored: noted.stored,
    ...(noted.feedback && { feedback: noted.feedback }),
  });
}

/** Refuses a state that is too large; the one before it then stays. */
export function withinLimit(hosted: LoadedMethod, json: string, { maxStateBytes }: AgentConfig): string {
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxStateBytes) return json;
  throw new AttuneError('resource_exhausted', `The state of method "${hosted.name}" has ${bytes} bytes; at most ${maxStateBytes} are kept.`);
}

/** SHA-256 over the method's state and the user's cards; empty when there is neither. The state of a user never met counts as none. */
export function memoryHash(hosted: LoadedMethod, stateJson: string | null, cardsHash: string): string {
  const json = stateJson === JSON.stringify(hosted.method.initialState) ? null : stateJson;
  if (json === null && cardsHash === '') return '';
  return createHash('sha256').update(json ?? '').update('\0').update(cardsHash).digest('hex');
}

export function keyOf(key: SessionKey | undefined): SessionKey {
  if (!key?.user) throw new AttuneError('invalid_argument', 'The request needs a session key.');
  requireUser(key.user);
  return key;
}

/** The preference store of a method that keeps cards; `failed_precondition` when the process has none. */
export function storeOf(hosted: LoadedMethod, host: HostDeps): PreferenceStoreClient<{ signal?: AbortSignal }> {
  if (host.preferences) return host.preferences;
  throw new AttuneError('failed_precondition', `Method "${hosted.name}" needs a preference store; give its address with --preference-store HOST:PORT.`);
}

/** The trained note writer of a method that uses one. Throws `failed_precondition` with how to configure it: no other model takes its place. */
export function noteWriterOf(hosted: LoadedMethod, host: Pick<HostDeps, 'noteWriter'>): ModelClient {
  if (host.noteWriter) return host.noteWriter;
  throw new AttuneError(
    'failed_precondition',
    `Method "${hosted.name}" needs a model trained to write notes and none is configured; name one as models.roles.note_writer in the experiment (ATTUNE_NOTE_WRITER_URL and ATTUNE_NOTE_WRITER_MODEL for an agent that runs alone), or run reflection_bestofn, which needs no training.`,
  );
}

/** The memory products of a method that uses one; `failed_precondition` when the agent was given none. */
export function productsOf(hosted: LoadedMethod, host: Pick<HostDeps, 'products'>): Products {
  if (host.products) return host.products;
  throw new AttuneError('failed_precondition', `Method "${hosted.name}" needs a memory product, and this agent was opened without any.`);
}

function modelFor(by: JsonAsk<unknown>['by'], hosted: LoadedMethod, host: HostDeps): ModelClient {
  if (by !== 'note_writer') return host.memoryModel;
  if (!hosted.method.usesNoteWriter) throw new AttuneError('failed_precondition', `Method "${hosted.name}" asks the note writer and must declare usesNoteWriter.`);
  return noteWriterOf(hosted, host);
}

function checkRoles(dialogue: readonly Message[]): void {
  const index = dialogue.findIndex((m) => m.role !== Role.USER && m.role !== Role.ASSISTANT);
  if (index >= 0) throw new AttuneError('invalid_argument', `Message ${index + 1} of the dialogue has no role; each is the user's or the assistant's.`);
}

function stateAt(hosted: LoadedMethod, host: HostDeps, key: SessionKey): unknown {
  const json = hosted.method.learn ? host.states.at(key) : null;
  return json === null ? hosted.method.initialState : JSON.parse(json);
}

async function cardNotes(hosted: LoadedMethod, host: HostDeps, key: SessionKey, signal: AbortSignal): Promise<string> {
  const { cards } = await storeOf(hosted, host).getUserState({ user: key.user }, { signal });
  return cards.filter((card) => card.supersededBy === '').map((card) => card.note).join('\n');
}

/** The reply before the user's last message, when that message answers one and cards were retrieved for it. */
function answeredTurn(dialogue: readonly Message[], retrieval: RetrievalTrace | undefined, simulator: SimulatorSignal | undefined): AnsweredTurn | null {
  const [asked, reply, next] = dialogue.slice(-3);
  const isAnswer = asked?.role === Role.USER && reply?.role === Role.ASSISTANT && next?.role === Role.USER;
  if (!isAnswer || !retrieval) return null;
  // The greeting is no turn.
  const turn = dialogue.filter((m) => m.role === Role.ASSISTANT).length - 2;
  return { turn, userMessage: asked.content, agentMessage: reply.content, nextUserMessage: next.content, retrieval, simulator };
}

/** What an oracle is told; other methods are told nothing, whatever the request holds. */
function truePreferencesOf({ name, method }: LoadedMethod, profile: Profile | undefined, dialogue: readonly Message[]): TruePreference[] | null {
  if (!method.needsProfile) return null;
  if (!profile) throw new AttuneError('invalid_argument', `Method "${name}" is an oracle: every request must tell it the user's profile, and this one has no oracle_profile.`);
  const userMessages = dialogue.filter((m) => m.role === Role.USER).map((m) => m.content);
  return profile.preferences.map((preference) => ({ text: preferenceText(preference), applies: conditionHolds(preference.condition, { userMessages }) }));
}

/** What one call of a method is made with, and where it notes what goes into the record. */
interface Noted {
  signal: AbortSignal;
  seed: number;
  meter: UsageMeter;
  faults: Fault[];
  extracted: ExtractedPreference[];
  stored: StoredCard[];
  feedback?: FeedbackTrace;
  turn: number;
}

/** The trajectory, whose calls begin alike from turn to turn. */
function affinityOf({ user }: SessionKey): string {
  return `${user?.runId}/${user?.method}/${user?.userId}`;
}

function methodDeps(
  hosted: LoadedMethod,
  key: SessionKey,
  config: AgentConfig,
  host: HostDeps,
  call: Noted,
): MethodDeps {
  const fault = (kind: string, detail: string) => void call.faults.push({ kind, detail, turn: call.turn });
  const { usesPreferences } = hosted.method;
  return {
    async completeJson(ask) {
      const { value } = await modelFor(ask.by, hosted, host).completeJson(
        {
          messages: [{ role: 'user', content: ask.prompt }],
          temperature: ask.temperature,
          maxTokens: ask.maxTokens,
          seed: ask.draft === undefined ? seedFrom(call.seed, ask.name) : seedFrom(call.seed, ask.name, ask.draft),
        },
        { name: ask.name, schema: ask.schema },
        { signal: call.signal, meter: call.meter, affinity: affinityOf(key) },
      );
      return value;
    },
    prompt(name) {
      const prompt = hosted.prompts.get(name);
      if (!prompt) throw new AttuneError('failed_precondition', `Method "${hosted.name}" has no prompt prompts/${name}.md.`);
      return prompt;
    },
    countTokens,
    contextTokens: config.contextLength - config.maxTokens - MARGIN_TOKENS - countTokens(basePrompts.base.render({})),
    preferences: usesPreferences
      ? createPreferenceMemory(storeOf(hosted, host), key, Object.assign(call, { fault, withItemVectors: hosted.method.usesVectors === true }))
      : noPreferenceMemory(hosted.name),
    product: {
      async recall(sessions, query) {
        const product = hosted.method.usesProduct;
        if (product === undefined) throw new AttuneError('failed_precondition', `Method "${hosted.name}" asks a memory product and must declare usesProduct.`);
        return productsOf(hosted, host).recall(product, requireUser(key.user), sessions, query, { signal: call.signal, meter: call.meter });
      },
    },
    random: createRandom(seedFrom(call.seed, hosted.name)),
    fault,
  };
}
