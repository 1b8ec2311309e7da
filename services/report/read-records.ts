import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { SessionRecord, SessionStatus, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { readLines } from '../platform/append-log.ts';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError } from '../platform/files.ts';
import { SCHEMA_VERSION } from './manifest.ts';
import { runPaths } from './run-paths.ts';

/**
 * The session records of a run, in file order; none when the run has no such file yet. Copies are not dropped here.
 * A last line without its newline was cut by a crash and never acknowledged: it is left out, and `onNote` hears of it.
 * Throws `data_loss` for a malformed line and `failed_precondition` for an unknown schema version, naming file and line.
 */
export async function* readSessions(dir: string, options: ReadOptions = {}): AsyncGenerator<SessionRecord> {
  const file = runPaths(dir).sessions;
  for await (const { value, line } of readObjects(file, options)) {
    const record = SessionRecord.fromJSON(value);
    checkKey(record, file, line);
    if (!KNOWN_STATUSES.has(record.status)) {
      throw new AttuneError('data_loss', `${file}:${line} should have a known status, found ${JSON.stringify(value['status'])}; the line is damaged.`);
    }
    yield record;
  }
}

/** The verdicts of a run, in file order; the rest is as for `readSessions`. */
export async function* readVerdicts(dir: string, options: ReadOptions = {}): AsyncGenerator<VerdictRecord> {
  const file = runPaths(dir).verdicts;
  for await (const { value, line } of readObjects(file, options)) {
    const verdict = VerdictRecord.fromJSON(value);
    checkKey(verdict, file, line);
    if (!verdict.stage) {
      throw new AttuneError('data_loss', `${file}:${line} should hold a task or a turns verdict, found neither; the line is damaged.`);
    }
    yield verdict;
  }
}

/** The statuses of this schema version. */
export const KNOWN_STATUSES: ReadonlySet<SessionStatus> = new Set([
  SessionStatus.OK,
  SessionStatus.TIMEOUT,
  SessionStatus.SIM_ERROR,
  SessionStatus.AGENT_ERROR,
  SessionStatus.FORGOTTEN,
]);

/** The lines of an NDJSON file as objects of the known schema version, with line numbers from 1. */
async function* readObjects(file: string, options: ReadOptions): AsyncGenerator<NumberedObject> {
  const tail = await tailOf(file);
  if (tail === 'no file') return;
  for await (const { line: text, number: line } of readLines(file)) {
    const value = parseLine(text, file, line);
    if (value['schemaVersion'] !== SCHEMA_VERSION) {
      throw new AttuneError(
        'failed_precondition',
        `${file}:${line} should have schemaVersion ${SCHEMA_VERSION}, found ${JSON.stringify(value['schemaVersion'])}; read this run with the Attune version that wrote it.`,
      );
    }
    yield { value, line };
  }
  if (tail === 'torn') options.onNote?.(tornLineNote(file));
}

/** What is said of a last line without its newline. */
export function tornLineNote(file: string): string {
  return `The last line of ${basename(file)} was cut off and is left out; resuming the run records that session again.`;
}

async function tailOf(file: string): Promise<'no file' | 'torn' | 'whole'> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    const error = describeFileError(`Cannot read ${file}`, cause);
    if (error.code === 'not_found') return 'no file';
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size === 0) return 'whole';
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() === '\n' ? 'whole' : 'torn';
  } finally {
    await handle.close();
  }
}

function parseLine(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(text, file, line, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(text, file, line);
  return value as Record<string, unknown>;
}

function malformed(text: string, file: string, line: number, cause?: unknown): AttuneError {
  const start = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  return new AttuneError('data_loss', `${file}:${line} should be one JSON object, found ${start}; the file was edited or damaged, remove or restore that line.`, {
    cause,
  });
}

function checkKey(record: { method: string; userId: string; session: number }, file: string, line: number): void {
  if (record.method !== '' && record.userId !== '' && Number.isInteger(record.session) && record.session >= 0) return;
  throw new AttuneError('data_loss', `${file}:${line} should name a method, a user and a session from 0; the line is damaged.`);
}

export interface ReadOptions {
  /** Hears one sentence about each thing that was left out. */
  readonly onNote?: (sentence: string) => void;
}

interface NumberedObject {
  readonly value: Record<string, unknown>;
  readonly line: number;
}
