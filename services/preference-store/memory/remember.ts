import { Card, CardEffect } from '../../gen/attune/preference/v1/preference.ts';
import type { ExtractedPreference, RememberRequest, RememberResponse, StoredCard, StoredPreference } from '../../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../../platform/errors.ts';
import { uuidV5 } from '../../platform/ids.ts';
import { createUsageMeter } from '../../platform/models/index.ts';
import type { CallOptions, ModelClient } from '../../platform/models/index.ts';
import type { PreferenceStoreConfig } from '../config.ts';
import type { MemoryStore } from '../stores/store.ts';
import { foldNote, isGlobalCondition, LONGEST_ACTION, LONGEST_CONDITION, noteText } from './card-text.ts';
import { decide, isCorrection, rivalsOf } from './decide.ts';
import { sessionOf } from './tenant.ts';
import type { Tenant } from './tenant.ts';
import { comesAfter, replay } from './user-memory.ts';
import type { UserMemory } from './user-memory.ts';
import { checkDimensions, dot, normalised, toBytes } from './vectors.ts';
import type { ItemProjection } from './item-projection.ts';

/**
 * Stores what was read from one turn. A repeat of the same (session, turn) changes nothing. Everything is checked and embedded before anything is written.
 */
export async function remember(request: RememberRequest, config: PreferenceStoreConfig, deps: RememberDeps, signal: AbortSignal): Promise<RememberResponse> {
  const { tenant, session } = sessionOf(request.key);
  const meter = createUsageMeter();
  const preferences = request.preferences.map(checked).filter(({ confidence }) => confidence >= config.leastConfidence);
  const memory = await deps.store.read(tenant);
  if (preferences.length === 0) return { cardIds: [], created: 0, usage: [], stored: [] };
  const repeated = async (now: UserMemory) => ({ cardIds: knownCards(preferences, now, config), created: 0, stored: await storedBefore(request, tenant, session, deps.store) });
  if (memory.turns.has(`${session}/${request.turn}`)) return { ...(await repeated(memory)), usage: [] };
  const before = await memoryBefore(session, request.turn, tenant, memory, config, deps.store);
  const stored = await prepare(preferences, { request, tenant, session, memory: before }, config, deps, { signal, meter });
  if (!(await deps.store.remember(tenant, { session, turn: request.turn, preferences: stored }))) {
    // The same turn came twice at once, and the other was first.
    return { ...(await repeated(await deps.store.read(tenant))), usage: meter.list() };
  }
  return { cardIds: stored.map(cardOf), created: stored.filter(makesCard).length, usage: meter.list(), stored: stored.map((one) => storedCard(one, request)) };
}

/** What a repeated turn did when it was remembered. */
async function storedBefore(request: RememberRequest, tenant: Tenant, session: number, store: MemoryStore): Promise<StoredCard[]> {
  const { remembered } = await store.readLog(tenant);
  const known = remembered.find((one) => one.session === session && one.turn === request.turn);
  return (known?.preferences ?? []).map((one) => storedCard(one, request));
}

function storedCard(one: StoredPreference, { withItemVectors }: RememberRequest): StoredCard {
  const supersededCardId = one.effect === CardEffect.SUPERSEDED ? one.targetCardId : '';
  return { cardId: cardOf(one), note: one.note, effect: one.effect, supersededCardId, itemVector: withItemVectors && makesCard(one) ? one.itemVector : Buffer.alloc(0) };
}

function cardOf(one: StoredPreference): string {
  return makesCard(one) ? one.cardId : one.targetCardId;
}

/** The cards that say what a repeated turn says. A repeat with other preferences stored none of them: these have no card. */
function knownCards(preferences: readonly ExtractedPreference[], { cards }: UserMemory, { scope }: PreferenceStoreConfig): string[] {
  const byNote = new Map(cards.flatMap((card) => [card.note, ...card.sources.map((source) => source.note)].map((note) => [foldNote(note), card.cardId])));
  return preferences.flatMap((p) => byNote.get(foldNote(noteText(p.condition, p.action, scope))) ?? []);
}

function checked(preference: ExtractedPreference): ExtractedPreference {
  const problem =
    preference.action.trim() === '' ? 'needs an action'
    : preference.condition.length > LONGEST_CONDITION ? `has a condition of ${preference.condition.length} characters, at most ${LONGEST_CONDITION} fit`
    : preference.action.length > LONGEST_ACTION ? `has an action of ${preference.action.length} characters, at most ${LONGEST_ACTION} fit`
    : !(preference.confidence >= 0 && preference.confidence <= 1) ? `needs a confidence from 0 to 1, found ${preference.confidence}`
    : null;
  if (problem !== null) throw new AttuneError('invalid_argument', `A preference to remember ${problem}.`);
  return preference;
}

/**
 * What the user's memory was when this turn was voiced. A late turn is decided on by what stood before it, so that a rewind past the later ones leaves what would
 * have been without them.
 */
async function memoryBefore(session: number, turn: number, tenant: Tenant, memory: UserMemory, config: PreferenceStoreConfig, store: MemoryStore): Promise<UserMemory> {
  if (comesAfter({ session, turn }, memory.lastTurn)) return memory;
  const { remembered } = await store.readLog(tenant);
  return replay({ remembered: remembered.filter((one) => comesAfter({ session, turn }, one)), feedback: [] }, config.scope);
}

/** Embeds the notes and decides, one after the other, what each does to the cards, those of the same turn included. */
async function prepare(preferences: readonly ExtractedPreference[], at: Place, config: PreferenceStoreConfig, deps: RememberDeps, call: CallOptions): Promise<StoredPreference[]> {
  const { memory, request } = at;
  const standing = memory.cards.map((card, index) => ({ card, embedding: memory.embeddings.row(index) })).filter(({ card }) => card.supersededBy === '');
  const notes = preferences.map((p) => noteText(p.condition, p.action, config.scope));
  const byQuery = config.embedField === 'query' && request.userMessage !== '';
  const correction = isCorrection(request.userMessage);
  const rivals = preferences.map((p) => (correction ? rivalsOf(p.condition, standing) : []));
  const compared = preferences.flatMap((p, index) => (rivals[index]!.length > 0 ? [p.action, ...rivals[index]!.map((card) => card.action)] : []));
  const vectors = (await deps.embedding.embed([...(byQuery ? notes.map(() => request.userMessage) : notes), ...compared], call)).map(normalised);
  if (memory.embeddings.rows > 0) checkDimensions(vectors[0]!.length, memory.embeddings.dimensions);

  let next = notes.length;
  return preferences.map(({ condition, action, confidence }, index) => {
    const own = rivals[index]!.length > 0 ? vectors[next++]! : null;
    const actionCosines = new Map(rivals[index]!.map((card) => [card.cardId, dot(own!, vectors[next++]!)]));
    const note = notes[index]!;
    const embedding = vectors[index]!;
    const fresh = { note, condition, action, embedding, isCorrection: correction, actionCosines };
    // Notes read from one message have one embedding when messages are embedded, so only equal notes may be joined then.
    const decision = decide(fresh, standing, { dedup: byQuery ? 'exact' : config.dedup, scope: config.scope });
    const cardId = uuidV5(CARD_NAMESPACE, [at.tenant.userId, at.session, request.turn, foldNote(note)].join('\0'));
    const itemVector = deps.itemSpace ? toBytes(deps.itemSpace.project(embedding)) : Buffer.alloc(0);
    if (decision.effect === CardEffect.SUPERSEDED) standing.splice(standing.findIndex(({ card }) => card.cardId === decision.targetCardId), 1);
    if (makesCard(decision)) standing.push({ card: Card.fromPartial({ cardId, note, condition, action, isGlobal: isGlobalCondition(condition, config.scope) }), embedding });
    return { ...decision, cardId, note, condition, action, confidence, embedding: toBytes(embedding), itemVector };
  });
}

function makesCard({ effect }: { effect: CardEffect }): boolean {
  return effect === CardEffect.CREATED || effect === CardEffect.SUPERSEDED;
}

/** Ids of cards are made from this and their contents, so that equal runs have equal ids. */
const CARD_NAMESPACE = '6f6ad1c7-8b0e-5c55-9d53-3a1f7c1f2c11';

/** Where preferences are remembered. */
interface Place {
  request: RememberRequest;
  tenant: Tenant;
  session: number;
  memory: UserMemory;
}

export interface RememberDeps {
  store: MemoryStore;
  embedding: ModelClient;
  /** Null keeps cards without a place in the item space. */
  itemSpace: ItemProjection | null;
}
