import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Event } from '../gen/attune/event/v1/event.ts';
import { SessionRecord, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { openAppendLog, readLines, type AppendLog } from '../platform/append-log.ts';
import type { Bus, FactName } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { eventLine } from './event-line.ts';
import { SCHEMA_VERSION } from './manifest.ts';
import { KNOWN_STATUSES, readSessions, readVerdicts } from './read-records.ts';
import { takeLock } from './recorder-lock.ts';
import { openRunFolder } from './run-folder.ts';
import { runPaths } from './run-paths.ts';

/**
 * Starts the single writer of a run folder. Its subscription is of mode `ack`: once a fact is published, it is on the disk. Each record is
 * kept once, known by method, user, session and stage; facts of other runs pass by. A recorder can be started again on the same folder.
 * Throws `not_found` when the folder holds no run, `failed_precondition` when another recorder has it, and as `readSessions` for damaged files.
 */
export async function createRecorder({ dir, bus, log, lease, onSession, onBroken }: RecorderDeps): Promise<Recorder> {
  const { manifest } = await openRunFolder(dir);
  const paths = runPaths(dir);
  const releasers: (() => Promise<void>)[] = [];
  const release = async () => {
    for (const undo of releasers.splice(0).reverse()) await undo();
  };
  try {
    const lock = await takeLock(paths.lock, { leased: lease !== undefined });
    releasers.push(() => lock.release());
    const openLog = async (file: string): Promise<AppendLog> => {
      const opened = await openAppendLog(file);
      releasers.push(() => opened.close());
      if (opened.cutBytes > 0) log.warn({ file, bytes: opened.cutBytes }, 'Removed an unfinished last line that an earlier recorder left.');
      return opened;
    };
    const sessions = await openLog(paths.sessions);
    const verdicts = await openLog(paths.verdicts);
    const events = await openLog(paths.events);
    const append = (log: AppendLog, line: string) => {
      if (lease?.isHeld() === false) throw new AttuneError('cancelled', 'Another recorder has taken over; this one writes nothing more.');
      return log.append(line).catch((thrown: unknown) => {
        onBroken?.(AttuneError.from(thrown));
        throw thrown;
      });
    };
    const once = createOnce(await keysOnDisk(dir), (key) => log.debug({ key }, 'Dropped a second copy.'));

    const options = { name: `recorder ${manifest.runId}`, facts: FACTS, mode: 'ack', concurrency: CONCURRENCY, replay: true, origin: `${hostname()}:${resolve(dir)}` } as const;
    const subscription = bus.subscribe(options, async (event) => {
      if (event.runId !== manifest.runId) return;
      const writes = [once(`event ${event.eventId}`, async () => append(events, eventLine(event)))];
      if (event.fact?.$case === 'sessionEnded') {
        const record = checkSession(event.fact.value.record, event);
        writes.push(once(keyOf('session', record), async () => append(sessions, JSON.stringify(SessionRecord.toJSON(record)))).then(() => onSession?.(record)));
      }
      if (event.fact?.$case === 'sessionJudged') {
        const { verdict, stage } = checkVerdict(event.fact.value.verdict, event);
        writes.push(once(keyOf(stage, verdict), async () => append(verdicts, JSON.stringify(VerdictRecord.toJSON(verdict)))));
      }
      await Promise.all(writes);
    });
    // What is queued on a bus that lasts is there for the next recorder; in one process nobody else would write it.
    releasers.push(() => subscription.close({ drain: lease?.isHeld() !== false }));
    return { close: release };
  } catch (error) {
    await release();
    throw error;
  }
}

const FACTS: readonly FactName[] = ['runStarted', 'sessionStarted', 'turnCompleted', 'sessionEnded', 'sessionJudged', 'faultSeen', 'runEnded'];

/** Facts in work at once. A burst, such as the start of many sessions, then shares one sync of the disk. */
const CONCURRENCY = 1_024;

/** Runs a write once for each key: a copy that comes while the first is being written shares its outcome; a failed write may be tried again. */
function createOnce(known: Iterable<string>, onCopy: (key: string) => void): Once {
  const underWay = new Map<string, Promise<void>>();
  // As many as a run has facts: short, and nothing beside the key.
  const done = new Set<string>();
  for (const key of known) done.add(shortened(key));
  return async (key, write) => {
    const short = shortened(key);
    const earlier = done.has(short) ? DONE : underWay.get(short);
    if (earlier) {
      onCopy(key);
      return earlier;
    }
    const outcome = write();
    underWay.set(short, outcome);
    try {
      await outcome;
      done.add(short);
    } finally {
      underWay.delete(short);
    }
  };
}

/** 128 bits of a key's hash, one character a byte. */
function shortened(key: string): string {
  return createHash('sha256').update(key).digest().toString('latin1', 0, 16);
}

const DONE = Promise.resolve();

async function keysOnDisk(dir: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const record of readSessions(dir)) keys.push(keyOf('session', record));
  for await (const verdict of readVerdicts(dir)) keys.push(keyOf(verdict.stage!.$case, verdict));
  const file = runPaths(dir).events;
  for await (const { line, number } of readLines(file)) {
    try {
      keys.push(`event ${(JSON.parse(line) as { eventId: string }).eventId}`);
    } catch (cause) {
      throw new AttuneError('data_loss', `${file}:${number} should be one JSON object and is not; remove or restore that line.`, { cause });
    }
  }
  return keys;
}

function keyOf(stage: string, { method, userId, session }: { method: string; userId: string; session: number }): string {
  return JSON.stringify([stage, method, userId, session]);
}

/** Refuses what the readers would refuse later. */
function checkSession(record: SessionRecord | undefined, { eventId }: Event): SessionRecord {
  if (record?.schemaVersion === SCHEMA_VERSION && record.method !== '' && record.userId !== '' && KNOWN_STATUSES.has(record.status)) return record;
  throw new AttuneError(
    'invalid_argument',
    `The event ${eventId} should carry a session record of schemaVersion ${SCHEMA_VERSION} with method, user and status, found ${describe(record)}.`,
  );
}

function checkVerdict(verdict: VerdictRecord | undefined, { eventId }: Event): { verdict: VerdictRecord; stage: string } {
  if (verdict?.schemaVersion === SCHEMA_VERSION && verdict.method !== '' && verdict.userId !== '' && verdict.stage) return { verdict, stage: verdict.stage.$case };
  throw new AttuneError(
    'invalid_argument',
    `The event ${eventId} should carry a verdict of schemaVersion ${SCHEMA_VERSION} with method, user and stage, found ${describe(verdict)}.`,
  );
}

function describe(record: { schemaVersion: number; method: string; userId: string } | undefined): string {
  return record ? `schemaVersion ${record.schemaVersion}, method ${JSON.stringify(record.method)}, user ${JSON.stringify(record.userId)}` : 'none';
}

export interface RecorderDeps {
  /** A folder made by `createRunFolder`. */
  readonly dir: string;
  readonly bus: Bus;
  readonly log: Logger;
  /** The right to record this run where several processes could; asked before every write. Without it the lock in the folder decides alone. */
  readonly lease?: { isHeld(): boolean };
  /** Told when a file cannot be written any more, such as on a full disk; only a new recorder may go on. */
  readonly onBroken?: (error: AttuneError) => void;
  /** Told of every session that is on the disk, also of a second copy, before the fact counts as handled; what it throws brings the fact again. */
  readonly onSession?: (record: SessionRecord) => Promise<void>;
}

export interface Recorder {
  /** Writes what is queued, closes the files and gives the lock back; the folder may be recorded again afterwards. */
  close(): Promise<void>;
}

type Once = (key: string, write: () => Promise<void>) => Promise<void>;
