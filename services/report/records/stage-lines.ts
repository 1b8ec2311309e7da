import { createReadStream, createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AttuneError } from '../../platform/errors.ts';
import { loadSql, quoted, type Database } from './database.ts';
import type { LineIndex } from './line-index.ts';

/**
 * Reads a file of records by its stage-*.sql into a temporary table; a missing or empty file gives an empty one. The database reads in bulk and stops at a line that is
 * not what its columns say; `reread` then goes over the file one by one and refuses it in the words of the streaming readers, if it can.
 * Throws `data_loss`, naming file and line, for a field of another type than Attune writes.
 */
export async function stageRecords(database: Database, lines: LineIndex, what: 'sessions' | 'verdicts', values: Record<string, string>, reread: AsyncIterable<unknown>): Promise<void> {
  const { file, starts } = lines;
  const copy = join(database.spill, `${what}.ndjson`);
  const attempt = (path: string) => stage(database, { ...lines, file: path }, what, values).then(() => null, problemOf);
  const attemptPart = async (from: number, to: number) => {
    await pipeline(createReadStream(file, { start: starts[from]!, end: starts[to]! - 1 }), createWriteStream(copy));
    return attempt(copy);
  };
  // A last line without its end, cut off or being written by somebody, is a problem too: the lines before it are read from a copy.
  if ((await attempt(file)) === null || (await attemptPart(0, lines.lines)) === null) return;
  for await (const _ of reread) continue;
  const { line, problem } = await findWrong(lines.lines, attemptPart);
  throw new AttuneError('data_loss', `${file}:${line} should hold a record as Attune writes it, found a field of another type (${problem}); the line was edited or damaged, restore it from a copy.`);
}

/** The first wrong line, from 1. The database does not tell where it stumbled, so halves are tried. */
async function findWrong(lines: number, attempt: (from: number, to: number) => Promise<string | null>): Promise<{ line: number; problem: string }> {
  let [low, high] = [0, lines];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await attempt(low, middle)) === null) low = middle;
    else high = middle;
  }
  return { line: low + 1, problem: (await attempt(low, high)) ?? 'the file changed while it was read' };
}

/** The same for any file; events are read with what cannot be read as null. */
export async function stage(database: Database, lines: LineIndex, what: 'sessions' | 'verdicts' | 'events', values: Record<string, string>): Promise<void> {
  const file = lines.exists && lines.lines > 0 ? lines.file : null;
  const sql = await loadSql(new URL(`./stage-${what}.sql`, import.meta.url), {
    ...values,
    // The text of a path is a pattern; a file that is not there would be an error, so that nothing is read from an empty one.
    file: quoted(file === null ? EMPTY : literalPath(file)),
    longest: String(Math.max(SMALLEST_BUFFER, 2 * lines.longest)),
  });
  await database.run(sql);
}

/** What the database says of a line; throws what is no such error. */
function problemOf(error: unknown): string {
  const found = /in line \d+: (.*)/.exec(error instanceof Error ? error.message : '')?.[1]?.trim();
  if (found === undefined) throw error;
  return found.length > LONGEST ? `${found.slice(0, LONGEST)}…` : found;
}

/** Characters of a problem, which may quote a whole field. */
const LONGEST = 80;

/** Bytes; the database takes about twice as much for each thread. */
const SMALLEST_BUFFER = 8 * 1024 * 1024;

const EMPTY = resolve(import.meta.dirname, 'empty.ndjson');

/** Brackets take the meaning from characters that would make a pattern of a path. */
function literalPath(file: string): string {
  return resolve(file).replace(/[*?[]/g, (character) => `[${character}]`);
}
