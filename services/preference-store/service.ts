import { PreferenceStoreDefinition } from '../gen/attune/preference/v1/preference.ts';
import type { PreferenceStoreServiceImplementation } from '../gen/attune/preference/v1/preference.ts';
import type { SessionKey } from '../gen/attune/conversation/v1/conversation.ts';
import { hashHex } from '../platform/random.ts';
import type { ModelClient } from '../platform/models/index.ts';
import type { PreferenceStoreConfig } from './config.ts';
import { extract, extractPrompts } from './extraction/extract.ts';
import { applyFeedback } from './feedback/apply-feedback.ts';
import { createRewardReaders } from './feedback/reward-readers.ts';
import { exportUser, importUser } from './memory/export-user.ts';
import type { ItemProjection } from './memory/item-projection.ts';
import { remember } from './memory/remember.ts';
import { sessionOf, tenantOf } from './memory/tenant.ts';
import { standingCards, stateHashOf } from './memory/user-memory.ts';
import { toBytes } from './memory/vectors.ts';
import { createBaseScorer, scorePrompts } from './retrieval/base-score.ts';
import { retrieve } from './retrieval/retrieve.ts';
import { rewardPrompt } from './vectors/rewards/judged.ts';
import type { MemoryStore } from './stores/store.ts';

export { PreferenceStoreDefinition };
export { fitOnCatalogue } from './vectors/fit-on-catalogue.ts';
export { writeItemSpace } from './vectors/item-space-file.ts';
export { openEmbeddedStore } from './stores/embedded.ts';
export { openMemory } from './stores/open-memory.ts';
export { openQdrantStore } from './stores/qdrant/store.ts';

/** What the service needs: three models and the store that holds everything. */
export interface PreferenceStoreDeps {
  extractor: ModelClient;
  embedding: ModelClient;
  reranker: ModelClient;
  /** Labels what users say to an answer; asked only where rewards are judged. */
  reward: ModelClient;
  store: MemoryStore;
  /** Where cards lie for user vectors; null serves no vectors. */
  itemSpace: ItemProjection | null;
}

/** Makes the preference store's service. It keeps nothing itself: any replica can serve any request that its store can. */
export function createPreferenceStore(config: PreferenceStoreConfig, deps: PreferenceStoreDeps): PreferenceStoreServiceImplementation {
  const { store } = deps;
  const scorer = createBaseScorer(config.scorer, deps);
  const rewards = createRewardReaders(deps.reward);
  const portable = { store, itemSpace: deps.itemSpace, scope: config.scope };
  const summary = async (key: SessionKey | undefined) => {
    const memory = await store.read(sessionOf(key).tenant);
    return { cards: standingCards(memory), stateHash: stateHashOf(memory) };
  };
  return {
    extract: (request, { signal }) => extract(request, config, deps.extractor, signal),
    remember: (request, { signal }) => remember(request, config, deps, signal),
    retrieve: (request, { signal }) => retrieve(request, config, { ...deps, scorer }, signal),
    applyFeedback: (request, { signal }) => applyFeedback(request, config, { ...deps, rewards }, signal),
    async startSession({ key }) {
      const { tenant, session } = sessionOf(key);
      await store.rewind(tenant, session);
      return summary(key);
    },
    endSession: ({ key }) => summary(key),
    async getUserState({ user, withEmbeddings }) {
      const memory = await store.read(tenantOf(user));
      const cards = withEmbeddings
        ? memory.cards.map((card, i) => ({ ...card, embedding: toBytes(memory.embeddings.row(i)), itemVector: toBytes(memory.items.row(i)) }))
        : memory.cards;
      const { zLong, zShort, baseline } = memory.lastStep ?? { zLong: Buffer.alloc(0), zShort: Buffer.alloc(0), baseline: 0 };
      return { cards, zLong, zShort, baseline, stateHash: stateHashOf(memory), itemSpace: deps.itemSpace?.sha256 ?? '' };
    },
    async rewind({ key }) {
      const { tenant, session } = sessionOf(key);
      const { remembered, feedback } = await store.rewind(tenant, session);
      return { writesRemoved: remembered + feedback };
    },
    async forget({ user }) {
      const tenant = tenantOf(user);
      const { cards } = await store.read(tenant);
      const { remembered, feedback, verified } = await store.forget(tenant);
      const receipt = hashHex(JSON.stringify([tenant.runId, tenant.method, tenant.userId]));
      return { cardsRemoved: cards.length, writesRemoved: remembered, feedbackRemoved: feedback, receipt, verified, store: store.kind };
    },
    async settle({ user }) {
      return { cards: await store.settle(tenantOf(user)) };
    },
    exportUser: ({ user, beforeSession }) => exportUser(tenantOf(user), portable, beforeSession),
    importUser: (request) => importUser(request, portable),
  };
}

/** Hashes of the store's prompts by name, for the run's manifest. */
export function preferenceStorePromptHashes(): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...extractPrompts, ...scorePrompts, reward: rewardPrompt }).map(([name, prompt]) => [`preference-store/${name}`, prompt.hash]));
}
