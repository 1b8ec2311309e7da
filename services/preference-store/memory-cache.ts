import type { UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { replay } from './user-cards.ts';
import type { UserCards } from './user-cards.ts';
import type { Write, WriteLog } from './writes.ts';

/** Users whose cards are kept ready; the others are replayed when they are next asked for. */
const MOST_USERS = 10_000;

/** Keeps replayed cards ready. It holds nothing that does not stand in the log. */
export interface MemoryCache {
  get(user: UserKey): UserCards;
  /** Whether a write of this turn stands. */
  holds(user: UserKey, session: number, turn: number): boolean;
  /** Must be called after every change of the user's writes. */
  drop(user: UserKey): void;
}

export function createMemoryCache(log: WriteLog): MemoryCache {
  const ready = new Map<string, { writes: Write[]; memory: UserCards }>();
  const load = (user: UserKey) => {
    const id = JSON.stringify([user.runId, user.method, user.userId]);
    const known = ready.get(id);
    if (known) {
      ready.delete(id);
      ready.set(id, known);
      return known;
    }
    const writes = log.read(user);
    const fresh = { writes, memory: replay(writes) };
    ready.set(id, fresh);
    const oldest = ready.size > MOST_USERS ? ready.keys().next().value : undefined;
    if (oldest !== undefined) ready.delete(oldest);
    return fresh;
  };
  return {
    get: (user) => load(user).memory,
    holds: (user, session, turn) => load(user).writes.some((w) => w.session === session && w.turn === turn),
    drop: (user) => void ready.delete(JSON.stringify([user.runId, user.method, user.userId])),
  };
}
