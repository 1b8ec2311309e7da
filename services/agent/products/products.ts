import type { UserKey } from '../../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { ModelClient } from '../../platform/models/index.ts';
import type { ProductSettings } from '../config.ts';
import type { ObservedSession, ProductItem } from '../method.ts';
import { ADAPTER_LIMITS, type AdapterLimits, type ProductAdapter, type ProductCall } from './contract.ts';
import { openLedger, type Held, type Ledger } from './ledger.ts';
import { keyOf, observationOf, productUser } from './names.ts';
import { openAdapter, placeOfProduct } from './open-adapter.ts';

/**
 * The memory products of one agent. A product is a follower of the sessions in a method's state: before it is asked, it is told what it lacks, in order, each session
 * settled before the next. A product cannot go back, so when it was told something that the state does not hold – a session that is run again, an imported memory – its
 * user is forgotten and the sessions of the state are told to a new one.
 */
export interface Products {
  /** Throws `failed_precondition` when a setting is missing that the product needs. */
  open(product: string): Promise<void>;
  /** The `ATTUNE_PRODUCT_ITEMS` memories that fit the query best. */
  recall(product: string, user: UserKey, sessions: readonly ObservedSession[], query: string, call: ProductCall): Promise<ProductItem[]>;
  /** Removes the user from the product, under every id that was in use. */
  forget(product: string, user: UserKey, call: ProductCall): Promise<void>;
  /** What of the settings changes results, for the run's manifest; no address and no key. */
  describe(product: string): string;
  close(): Promise<void>;
}

export function openProducts(settings: ProductSettings, deps: ProductsDeps): Products {
  const { limits = ADAPTER_LIMITS, folder, embedding, log } = deps;
  const adapters = new Map<string, Promise<ProductAdapter>>();
  const lines = new Map<string, Promise<unknown>>();
  // What a library holds goes with the process, and so must what is known of it.
  const ledgers = { durable: null as Ledger | null, passing: null as Ledger | null };

  const adapterOf = (product: string) => {
    const known = adapters.get(product);
    if (known) return known;
    const { kind, place } = placeOfProduct(product, settings);
    const opened = openAdapter(kind, { ...place, embedding }, limits);
    adapters.set(product, opened);
    opened.catch(() => adapters.delete(product));
    return opened;
  };
  const ledgerOf = ({ capabilities }: ProductAdapter) => (capabilities.durable ? (ledgers.durable ??= openLedger(folder)) : (ledgers.passing ??= openLedger(null)));

  /** One call after another for each user, in the order in which they came. */
  function inLine<T>(user: UserKey, work: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([user.runId, user.method, user.userId]);
    const next = (lines.get(key) ?? Promise.resolve()).then(work, work);
    const settled = next.then(() => {}, () => {});
    lines.set(key, settled);
    void settled.then(() => lines.get(key) === settled && lines.delete(key));
    return next;
  }

  async function follow(adapter: ProductAdapter, user: UserKey, sessions: readonly ObservedSession[], call: ProductCall): Promise<string> {
    const ledger = ledgerOf(adapter);
    const keys = sessions.map(keyOf);
    let held: Held = ledger.get(user) ?? { generation: 0, observed: [], pending: null, abandoned: [] };
    const keep = (next: Held) => ledger.put(user, (held = next));
    if (!isFollowing(held, keys)) {
      const left = productUser(user, ledger.nonce, held.generation);
      log.info({ user: user.userId, method: user.method, sessions: keys.length }, 'The product was told what is no longer so; its memory is begun again.');
      keep({ generation: held.generation + 1, observed: [], pending: null, abandoned: [...held.abandoned, left] });
    }
    for (const old of held.abandoned) {
      try {
        await adapter.forget(old, call);
        keep({ ...held, abandoned: held.abandoned.filter((one) => one !== old) });
      } catch (thrown) {
        if (call.signal?.aborted) throw thrown;
        log.warn({ user: old, problem: AttuneError.from(thrown).message }, 'A product user left behind could not be forgotten; it is tried again later.');
      }
    }
    const name = productUser(user, ledger.nonce, held.generation);
    for (const session of sessions.slice(held.observed.length)) {
      // Only the newest session is told for the first time; what is told again is no cost of the turn that happens to wait for it.
      const meter = session === sessions.at(-1) ? call.meter : undefined;
      const observation = observationOf(name, session);
      if (held.pending === null) keep({ ...held, pending: { key: observation.key, ticket: null } });
      const ticket = held.pending?.ticket ?? (await adapter.observe(observation, { signal: call.signal, ...(meter && { meter }) }));
      keep({ ...held, pending: { key: observation.key, ticket } });
      try {
        await adapter.settle(ticket, call);
      } catch (thrown) {
        // What the product lost is told again by the next attempt.
        if (AttuneError.from(thrown).code === 'data_loss') keep({ ...held, pending: { key: observation.key, ticket: null } });
        throw thrown;
      }
      keep({ ...held, observed: [...held.observed, observation.key], pending: null });
    }
    return name;
  }

  return {
    open: async (product) => void (await adapterOf(product)),
    recall: (product, user, sessions, query, call) =>
      inLine(user, async () => {
        const adapter = await adapterOf(product);
        const name = await follow(adapter, user, sessions, call);
        const asked = query.slice(0, MOST_QUERY).replace(/[\uD800-\uDBFF]$/, '').trim();
        return sessions.length === 0 || asked === '' ? [] : adapter.recall(name, asked, settings.items, call);
      }),
    forget: (product, user, call) =>
      inLine(user, async () => {
        const adapter = await adapterOf(product);
        const ledger = ledgerOf(adapter);
        const held = ledger.get(user);
        const names = [...(held?.abandoned ?? []), productUser(user, ledger.nonce, held?.generation ?? 0)];
        for (const name of names) await adapter.forget(name, call);
        if (held) ledger.remove(user);
      }),
    describe: (product) => `${placeOfProduct(product, settings).kind}, ${settings.items} items`,
    async close() {
      for (const adapter of await Promise.allSettled(adapters.values())) if (adapter.status === 'fulfilled') await adapter.value.close();
      ledgers.durable?.close();
      ledgers.passing?.close();
    },
  };
}

/** Longest query in characters: products embed it, and embedding models take so much and no more. */
const MOST_QUERY = 2_000;

/** Whether all that the product was told stands in the state, in the same order from the start. */
function isFollowing({ observed, pending }: Held, keys: readonly string[]): boolean {
  const told = pending === null ? observed : [...observed, pending.key];
  return told.length <= keys.length && told.every((key, i) => keys[i] === key);
}

export interface ProductsDeps {
  /** Where it is kept what products hold; null keeps it in this process only. */
  folder: string | null;
  /** For products that leave embedding to us. */
  embedding?: ModelClient | undefined;
  log: Pick<Logger, 'info' | 'warn'>;
  limits?: AdapterLimits;
}
