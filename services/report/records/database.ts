import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBAppender, type DuckDBValue } from '@duckdb/node-api';

/**
 * Opens an empty database in memory that reads files of any size: what does not fit spills into a folder of the system's temporary directory.
 * Extensions are never fetched; what is needed (JSON, Parquet) is built in. `close` frees the memory and removes the folder.
 */
export async function openDatabase(): Promise<Database> {
  const spill = await mkdtemp(join(tmpdir(), 'attune-records-'));
  const remove = () => rm(spill, { recursive: true, force: true });
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(THREADS),
      memory_limit: MEMORY_LIMIT,
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    return {
      spill,
      async run(sql) {
        await connection.run(sql);
      },
      async rows<T>(sql: string, values: Values = {}) {
        const reader = await connection.runAndReadAll(sql, values);
        return reader.getRowObjects().map(plainRow) as T[];
      },
      async columns(sql) {
        const reader = await connection.runAndReadAll(sql);
        return reader.getColumnsObject();
      },
      async *stream<T>(sql: string) {
        // A connection of its own, so that other queries can be asked meanwhile.
        const reader = await instance.connect();
        try {
          const result = await reader.stream(sql);
          for await (const rows of result.yieldRowObjects()) yield* rows.map(plainRow) as T[];
        } finally {
          reader.closeSync();
        }
      },
      async append(table, fill) {
        const appender = await connection.createAppender(table);
        try {
          await fill(appender);
        } finally {
          appender.closeSync();
        }
      },
      async close() {
        connection.closeSync();
        instance.closeSync();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Reads a file of SQL that lies beside the code; `{{names}}` are replaced by ready SQL. Throws RangeError for a name without a value. */
export async function loadSql(url: URL, values: Readonly<Record<string, string>> = {}): Promise<string> {
  const text = await readFile(url, 'utf8');
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`Expected a value for {{${name}}} in ${url.pathname}.`);
    return value;
  });
}

/** Text as an SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const THREADS = 2;
/** Leaves the rest of 2 GiB to the JavaScript side. */
const MEMORY_LIMIT = '900MiB';

/** Counts come as bigint from sums and as number from columns; all of ours fit a double exactly. */
function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const name in row) if (typeof row[name] === 'bigint') row[name] = Number(row[name]);
  return row;
}

export interface Database {
  /** Where it spills; gone after `close`. */
  readonly spill: string;
  run(sql: string): Promise<void>;
  /** The rows of a query; `$name` stands for a value. */
  rows<T>(sql: string, values?: Values): Promise<T[]>;
  /** The same by column, which is faster for many rows. */
  columns(sql: string): Promise<Record<string, DuckDBValue[]>>;
  /** The rows one after the other, in bounded memory; sees no temporary tables. */
  stream<T>(sql: string): AsyncGenerator<T>;
  /** Adds rows to a table. */
  append(table: string, fill: (appender: DuckDBAppender) => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export type Values = Record<string, DuckDBValue>;
