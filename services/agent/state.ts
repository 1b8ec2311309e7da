import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { SessionKey, UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';

/**
 * Keeps each user's state by session number, so that a session can be run again from its start: the
 * state that holds in session s is the newest one stored for an earlier session.
 */
export interface StateStore {
  /** The state at the start of a session as JSON text; null for a user never met. */
  at(key: SessionKey): string | null;
  /** Stores the state after a session; a repeat replaces it. Durable when it returns. */
  put(key: SessionKey, json: string): void;
  /** Removes what this session and later ones stored. */
  rewind(key: SessionKey): void;
  /** Removes everything before this session too and puts one state in place. */
  replace(key: SessionKey, json: string): void;
  /** Removes all states of a user, also as bytes from the folder's files; returns how many. Takes time by the size of the whole database. */
  forget(user: UserKey): number;
  close(): void;
}

/**
 * Opens the state database in a folder, or in memory when the folder is null. One process owns a folder, but for the moment
 * in which another on the same machine takes over from it.
 * Every commit is synced to disk before it is answered.
 */
export function openStateStore(folder: string | null): StateStore {
  if (folder !== null) mkdirSync(folder, { recursive: true });
  const db = new Database(folder === null ? ':memory:' : join(folder, 'agent.db'));
  // While one process takes over from another, both have the folder open for a moment.
  db.pragma(`busy_timeout = ${TAKEOVER_MS}`);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.exec(`CREATE TABLE IF NOT EXISTS state (
    run_id TEXT NOT NULL, method TEXT NOT NULL, user_id TEXT NOT NULL, session INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (run_id, method, user_id, session)
  ) WITHOUT ROWID`);
  const ofUser = 'run_id = ? AND method = ? AND user_id = ?';
  const newest = db.prepare(`SELECT json FROM state WHERE ${ofUser} AND session < ? ORDER BY session DESC LIMIT 1`);
  const insert = db.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)');
  const removeFrom = db.prepare(`DELETE FROM state WHERE ${ofUser} AND session >= ?`);
  const removeAll = db.prepare(`DELETE FROM state WHERE ${ofUser}`);
  const replaceAll = db.transaction((user: string[], session: number, json: string) => {
    removeAll.run(...user);
    insert.run(...user, session, json);
  });
  return {
    at: (key) => (newest.get(...userOf(key.user), key.session) as { json: string } | undefined)?.json ?? null,
    put: (key, json) => void insert.run(...userOf(key.user), key.session, json),
    rewind: (key) => void removeFrom.run(...userOf(key.user), key.session),
    replace: (key, json) => void replaceAll(userOf(key.user), key.session - 1, json),
    forget(user) {
      const removed = removeAll.run(...userOf(user)).changes;
      // A deletion leaves copies behind: in the write-ahead log, and in pages from which rows have moved away.
      db.exec('VACUUM');
      db.pragma('wal_checkpoint(TRUNCATE)');
      return removed;
    },
    close: () => void db.close(),
  };
}

/** How long a write of the other process is waited for, in milliseconds. */
const TAKEOVER_MS = 5_000;

/** Refuses a key that names no user: without all three parts memories could mix. */
export function requireUser(user: UserKey | undefined): UserKey {
  if (user?.runId && user.method && user.userId) return user;
  throw new AttuneError('invalid_argument', 'A user key needs run_id, method and user_id.');
}

function userOf(user: UserKey | undefined): [string, string, string] {
  const { runId, method, userId } = requireUser(user);
  return [runId, method, userId];
}
