import { hashHex } from '../../../platform/random.ts';
import type { ProductAdapter, ProductCall, RecalledItem, Ticket } from '../contract.ts';
import type { FaultProxy } from './fault-proxy.ts';

/** An adapter under examination as one check sees it: users of the check's own, and words that nobody else says. */
export function createExamined(parts: ExaminedParts): Examined {
  const { adapter, scope, signal } = parts;
  const call: ProductCall = { signal };
  return {
    ...parts,
    call,
    user(name) {
      const user = `${scope}-${name}`;
      parts.onUser(user);
      return user;
    },
    mark: (name) => `Zq${hashHex(`${scope} ${name}`).replaceAll(/\d/g, '').slice(0, 7)}`,
    async tell(user, session, texts) {
      const ticket = await adapter.observe(observationOf(user, session, texts), call);
      await adapter.settle(ticket, call);
      return ticket;
    },
    find: (user, query) => adapter.recall(user, query, TOP, call),
  };
}

/** What a check tells of one session; equal texts give equal keys. */
export function observationOf(user: string, session: number, texts: readonly string[]) {
  const at = (minute: number) => new Date(Date.UTC(2025, 0, 1 + session, 9, minute)).toISOString();
  const messages = texts.flatMap((content, i) => [
    { role: 'user' as const, content, at: at(2 * i) },
    { role: 'assistant' as const, content: 'Thank you, noted.', at: at(2 * i + 1) },
  ]);
  return { user, session, key: hashHex(JSON.stringify([user, session, texts])).slice(0, 32), messages };
}

/** How many memories a check asks for. */
const TOP = 10;

export interface ExaminedParts {
  adapter: ProductAdapter;
  /** Begins every user's id. */
  scope: string;
  signal: AbortSignal;
  /** Null for a library. */
  proxy: FaultProxy | null;
  /** Stops the product and starts it again; null when nobody said how. */
  restart: (() => Promise<void>) | null;
  onUser(user: string): void;
}

export interface Examined extends ExaminedParts {
  call: ProductCall;
  /** A product user of this check, never met before. */
  user(name: string): string;
  /** A word that stands nowhere else. */
  mark(name: string): string;
  /** Observes and settles one session of a user, each text answered by the assistant. */
  tell(user: string, session: number, texts: readonly string[]): Promise<Ticket>;
  find(user: string, query: string): Promise<RecalledItem[]>;
}
