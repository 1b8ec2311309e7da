import type { DuckDBValue } from '@duckdb/node-api';
import { mergeRuns, type MergedRuns } from '../merge/merge-runs.ts';
import { openRunFolder, type RunFolder } from '../run-folder.ts';
import { loadSql, openDatabase, type Database, type Values } from './database.ts';
import { dropCopies } from './drop-copies.ts';
import { inOrder, type JudgedSession } from './in-order.ts';
import { loadEvents } from './load-events.ts';
import { loadLines, type RunLines } from './load-lines.ts';
import { loadPlan } from './load-plan.ts';
import { settleProbes } from './settle-probes.ts';

/**
 * Opens the records of one run, or of several as one, in a database in memory: `session_rows` holds one row for each planned session, sorted
 * by method (in the report's order), user and session; see the .sql files beside this. The order of the lines of the files and second copies
 * change nothing but notes. Close it: it holds memory and a temporary folder.
 * Throws as the streaming readers do for damaged files, `not_found` for a folder without a run, `invalid_argument` for runs that can't be one.
 */
export async function openRecords(dirs: string | readonly string[], { onNote }: OpenOptions = {}): Promise<RunRecords> {
  const folders: (RunFolder & { dir: string })[] = [];
  for (const dir of typeof dirs === 'string' ? [dirs] : dirs) folders.push({ ...(await openRunFolder(dir)), dir });
  const merged = mergeRuns(folders);
  const ordered = merged.order.map((index) => folders[index]!.dir);
  const notes: string[] = [...merged.notes];
  const database = await openDatabase();
  try {
    await loadPlan(database, merged);
    const lines: RunLines[] = [];
    for (const [run, dir] of ordered.entries()) lines.push(await loadLines(database, dir, run, (note) => notes.push(note)));
    await dropCopies(database, lines, (note) => notes.push(note));
    await settleProbes(database, lines);
    for (const [run, dir] of ordered.entries()) await loadEvents(database, dir, run, (note) => notes.push(note));
    await database.run(await loadSql(new URL('./costs.sql', import.meta.url)));
    await database.run(await loadSql(new URL('./session-rows.sql', import.meta.url)));
    await database.run(await loadSql(new URL('./memory-rows.sql', import.meta.url)));
    await database.run(await loadSql(new URL('./forget-lists.sql', import.meta.url)));
    // One thread from here on: sums of fractions then always add in the same order.
    await database.run('SET threads = 1');
    for (const note of notes.sort()) onNote?.(note);
    return {
      ...merged,
      judges: await judgesOf(database, merged.runs.length),
      sql: (query, values) => database.rows(query, values),
      columns: (query) => database.columns(query),
      append: (table, fill) => database.append(table, fill),
      inOrder: (run) => inOrder(database, lines, run),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Everybody who gave a verdict, for each run, sorted. */
async function judgesOf(database: Database, runs: number): Promise<string[][]> {
  const rows = await database.rows<{ run: number; judge: string }>(
    `SELECT DISTINCT run, CASE WHEN judge IS NULL THEN 'unknown'
       ELSE coalesce(judge.model, '') || ' (prompts ' || coalesce(judge.promptHash, '')[1:12] || ', reader ' || coalesce(judge.parserVersion, 0) || ')' END AS judge
     FROM verdict_facts ORDER BY run, judge`,
  );
  return Array.from({ length: runs }, (_, run) => rows.filter((row) => row.run === run).map(({ judge }) => judge));
}

export interface OpenOptions {
  /** Hears one sentence about each thing that was left out. */
  readonly onNote?: (sentence: string) => void;
}

export interface RunRecords extends Pick<MergedRuns, 'runs' | 'manifest' | 'inputs'> {
  /** Everybody who gave a verdict, for each run. */
  readonly judges: readonly (readonly string[])[];
  /** The rows of a query; numbers come as numbers. */
  sql<T>(query: string, values?: Values): Promise<T[]>;
  /** The same by column. */
  columns(query: string): Promise<Record<string, DuckDBValue[]>>;
  /** Adds rows to a table. */
  append: Database['append'];
  /** Every recorded session with its verdicts, by run, method, user and session; of one run when told. */
  inOrder(run?: number): AsyncGenerator<JudgedSession>;
  close(): Promise<void>;
}

