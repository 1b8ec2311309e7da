import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { UserKey } from '../../gen/attune/conversation/v1/conversation.ts';
import type { Ticket } from './contract.ts';

/**
 * What each product holds of each user, as far as this process knows. It is no memory: lost, it costs only that sessions are observed again under a new product user.
 */
export interface Ledger {
  /** Part of every product user's id: two ledgers never share one, whatever their runs are called. */
  readonly nonce: string;
  get(user: UserKey): Held | null;
  /** Durable when it returns. */
  put(user: UserKey, held: Held): void;
  /** Removes the entry, also as bytes from the folder's files. */
  remove(user: UserKey): void;
  close(): void;
}

/** Opens the ledger in a folder, or in memory when the folder is null. One process owns a folder. */
export function openLedger(folder: string | null): Ledger {
  if (folder !== null) mkdirSync(folder, { recursive: true });
  const db = new Database(folder === null ? ':memory:' : join(folder, 'products.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  db.exec('CREATE TABLE IF NOT EXISTS nonce (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), value TEXT NOT NULL)');
  db.exec(`CREATE TABLE IF NOT EXISTS held (
    run_id TEXT NOT NULL, method TEXT NOT NULL, user_id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run_id, method, user_id)
  ) WITHOUT ROWID`);
  db.prepare('INSERT OR IGNORE INTO nonce VALUES (1, ?)').run(randomBytes(4).toString('hex'));
  const { value: nonce } = db.prepare('SELECT value FROM nonce').get() as { value: string };
  const select = db.prepare('SELECT json FROM held WHERE run_id = ? AND method = ? AND user_id = ?');
  const insert = db.prepare('INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM held WHERE run_id = ? AND method = ? AND user_id = ?');
  const of = ({ runId, method, userId }: UserKey) => [runId, method, userId];
  return {
    nonce,
    get(user) {
      const row = select.get(...of(user)) as { json: string } | undefined;
      return row ? (JSON.parse(row.json) as Held) : null;
    },
    put: (user, held) => void insert.run(...of(user), JSON.stringify(held)),
    remove(user) {
      remove.run(...of(user));
      db.exec('VACUUM');
      db.pragma('wal_checkpoint(TRUNCATE)');
    },
    close: () => void db.close(),
  };
}

/** What a product holds of one user. */
export interface Held {
  /** How often the product's memory was begun again; part of the product user's id. */
  generation: number;
  /** Keys of the settled observations, in order. */
  observed: string[];
  /** Told or about to be told and not settled; the ticket is null until the product has answered. */
  pending: { key: string; ticket: Ticket | null } | null;
  /** Product users left behind that could not be forgotten yet. */
  abandoned: string[];
}
