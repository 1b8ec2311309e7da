import { PreferenceStoreDefinition } from '../gen/attune/preference/v1/preference.ts';
import type { PreferenceStoreServiceImplementation, RememberRequest, RememberResponse } from '../gen/attune/preference/v1/preference.ts';
import type { SessionKey, UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import { uuidV5 } from '../platform/ids.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { foldNote, noteText } from './card-text.ts';
import type { PreferenceStoreConfig } from './config.ts';
import { extract, extractPrompts } from './extract.ts';
import { createMemoryCache } from './memory-cache.ts';
import type { MemoryCache } from './memory-cache.ts';
import { checkDimensions, retrieve } from './retrieve.ts';
import { normalised, toBytes } from './user-cards.ts';
import type { StoredPreference, WriteLog } from './writes.ts';

export { PreferenceStoreDefinition };
export { openWriteLog } from './writes.ts';

/** What the store needs: three models and the log that holds everything. */
export interface PreferenceStoreDeps {
  extractor: ModelClient;
  embedding: ModelClient;
  reranker: ModelClient;
  writes: WriteLog;
}

/** Makes the preference store on the embedded index: exact search over a user's own cards. */
export function createPreferenceStore(config: PreferenceStoreConfig, deps: PreferenceStoreDeps): PreferenceStoreServiceImplementation {
  const memories = createMemoryCache(deps.writes);
  const rewind = (key: SessionKey) => {
    const removed = deps.writes.removeFrom(userOf(key.user), key.session);
    memories.drop(userOf(key.user));
    return removed;
  };
  const summary = (key: SessionKey) => {
    const { cards, stateHash } = memories.get(userOf(key.user));
    return { cards: standing(cards), stateHash };
  };
  return {
    extract: (request, { signal }) => extract(request, config, deps.extractor, signal),
    remember: (request, { signal }) => remember(request, deps, memories, signal),
    retrieve: (request, { signal }) => retrieve(request, memories.get(userOf(keyOf(request.key).user)), config, deps, signal),
    async applyFeedback() {
      throw new AttuneError('unimplemented', 'This preference store keeps no user vectors; ApplyFeedback is not offered.');
    },
    async startSession(request) {
      const key = keyOf(request.key);
      rewind(key);
      return summary(key);
    },
    async endSession(request) {
      return summary(keyOf(request.key));
    },
    async getUserState({ user, withEmbeddings }) {
      const { cards, vectors, stateHash } = memories.get(userOf(user));
      const filled = withEmbeddings ? cards.map((card, i) => ({ ...card, embedding: toBytes([vectors[i]!]) })) : cards;
      return { cards: filled, zLong: Buffer.alloc(0), zShort: Buffer.alloc(0), baseline: 0, stateHash };
    },
    async rewind(request) {
      return { writesRemoved: rewind(keyOf(request.key)) };
    },
    async forget({ user }) {
      const { cards } = memories.get(userOf(user));
      const writesRemoved = deps.writes.removeAll(userOf(user));
      memories.drop(userOf(user));
      return { cardsRemoved: cards.length, writesRemoved };
    },
    async settle({ user }) {
      return { cards: standing(memories.get(userOf(user)).cards) };
    },
  };
}

/** Hashes of the store's prompts by name, for the run's manifest. */
export function preferenceStorePromptHashes(): Record<string, string> {
  return Object.fromEntries(Object.entries(extractPrompts).map(([name, prompt]) => [`preference-store/${name}`, prompt.hash]));
}

/** Ids of cards are made from this and their contents, so that equal runs have equal ids. */
const CARD_NAMESPACE = '6f6ad1c7-8b0e-5c55-9d53-3a1f7c1f2c11';

async function remember(request: RememberRequest, deps: PreferenceStoreDeps, memories: MemoryCache, signal: AbortSignal): Promise<RememberResponse> {
  const key = keyOf(request.key);
  const user = userOf(key.user);
  const meter = createUsageMeter();
  const preferences = request.preferences.map((p): StoredPreference => {
    if (p.action.trim() === '') throw new AttuneError('invalid_argument', 'A preference to remember needs an action.');
    const note = noteText(p.condition, p.action);
    const name = [user.userId, key.session, request.turn, foldNote(note)].join('\0');
    return { cardId: uuidV5(CARD_NAMESPACE, name), note, condition: p.condition, action: p.action, confidence: p.confidence };
  });
  let created = 0;
  if (preferences.length > 0 && !memories.holds(user, key.session, request.turn)) {
    const vectors = (await deps.embedding.embed(preferences.map((p) => p.note), { signal, meter })).map(normalised);
    const before = memories.get(user);
    if (before.vectors[0]) checkDimensions(vectors[0]!, before.vectors[0]);
    if (deps.writes.append(user, { session: key.session, turn: request.turn, preferences, embeddings: toBytes(vectors) })) {
      memories.drop(user);
      created = memories.get(user).cards.length - before.cards.length;
    }
  }
  const byNote = new Map(memories.get(user).cards.map((card) => [foldNote(card.note), card.cardId]));
  return {
    // A repeat with other preferences stored none of them: these have no card.
    cardIds: preferences.flatMap((p) => byNote.get(foldNote(p.note)) ?? []),
    created,
    usage: meter.list(),
  };
}

function standing(cards: readonly { supersededBy: string }[]): number {
  return cards.filter((card) => card.supersededBy === '').length;
}

function keyOf(key: SessionKey | undefined): SessionKey {
  if (!key?.user) throw new AttuneError('invalid_argument', 'The request needs a session key.');
  return key;
}

function userOf(user: UserKey | undefined): UserKey {
  if (!user) throw new AttuneError('invalid_argument', 'The request needs a user key.');
  return user;
}
