import type * as LangGraph from '@langchain/langgraph-checkpoint';
import { AttuneError } from '../../../platform/errors.ts';
import { createUsageMeter, type ModelClient } from '../../../platform/models/index.ts';
import type { ProductAdapter, ProductCall } from '../contract.ts';

/**
 * LangGraph's InMemoryStore, in this process, over the run's own embedding model. It keeps what the user said word for word and searches it by embedding; nothing is
 * extracted. One store a user: its namespaces match by prefix (`u1` finds what `u10` said), and a deleted item's vector stays until the store goes. It keeps nothing
 * when the process ends. Of what fits best, the newest comes first, so that a changed wish stands above the old one. Calls for one user must not overlap.
 */
export async function createLangGraphStore({ embedding }: { embedding: ModelClient }): Promise<ProductAdapter> {
  const library = await load();
  const users = new Map<string, { store: LangGraph.InMemoryStore; call: ProductCall }>();
  const tokens = { prompt: 0, completion: 0 };
  let requests = 0;

  function open(user: string, call: ProductCall): LangGraph.InMemoryStore {
    const known = users.get(user);
    if (known) {
      known.call = call;
      return known.store;
    }
    const embed = (texts: string[]) => embedTexts(texts, users.get(user)?.call ?? {});
    const embeddings = { embedDocuments: embed, embedQuery: async (query: string) => (await embed([query]))[0]! };
    // It reads these two functions and neither the dimensions nor the rest of the type.
    const store = new library.InMemoryStore({ index: { dims: 0, embeddings: embeddings as never, fields: ['text'] } });
    users.set(user, { store, call });
    return store;
  }

  async function embedTexts(texts: string[], { signal, meter }: ProductCall): Promise<number[][]> {
    const own = createUsageMeter();
    const vectors = await embedding.embed(texts, { meter: own, ...(signal && { signal }) });
    for (const usage of own.list()) {
      tokens.prompt += usage.promptTokens;
      tokens.completion += usage.completionTokens;
      meter?.add(usage);
    }
    return vectors.map((vector) => [...vector]);
  }

  return {
    kind: 'langgraph_store',
    capabilities: { transport: 'library', asynchronous: false, durable: false, scores: true, endDates: false, deterministic: true },
    async observe({ user, session, key, messages }, call) {
      const store = open(user, call);
      const said = messages.filter(({ role }) => role === 'user');
      requests += said.length;
      const items = said.map(({ content, at }, index) => ({ namespace: SPACE, key: `s${session}-${key.slice(0, 16)}-${index}`, value: { text: content, at } }));
      if (items.length > 0) await store.batch(items);
      return { user, session, key, refs: [] };
    },
    // A write returns when it can be found.
    settle: async () => {},
    async recall(user, query, k, call) {
      if (!users.has(user)) return [];
      requests += 1;
      const found = await open(user, call).search(SPACE, { query, limit: k });
      return found
        .map(({ key, value, score }) => ({ id: key, text: value['text'] as string, time: value['at'] as string, endedAt: null, score: score ?? null }))
        .sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? 1 : -1));
    },
    async forget(user) {
      users.delete(user);
      return { user, probes: 0 };
    },
    usage: () => ({ requests, retried: 0, modelTokens: { ...tokens } }),
    close: async () => users.clear(),
  };
}

const SPACE = ['said'];

/** The library is large and only this product needs it, so it comes with development installs alone. */
async function load(): Promise<typeof LangGraph> {
  try {
    return await import('@langchain/langgraph-checkpoint');
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new AttuneError('failed_precondition', 'The method langgraph_store should find the package @langchain/langgraph-checkpoint, found it not installed; run "npm install --no-save @langchain/langgraph-checkpoint@1.1.5".', { cause });
  }
}
