import { SessionRecord, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { hashHex } from '../platform/random.ts';
import { byText } from './aggregate.ts';
import type { Manifest } from './manifest.ts';
import { readSessions, readVerdicts } from './read-records.ts';
import { openRunFolder } from './run-folder.ts';
import { missingRow, sessionRow, withVerdict, type SessionRow } from './session-row.ts';

/**
 * Reads a run into one row for each planned session, sorted by method (in the manifest's order), user and session, whatever the order of
 * the files. Of several copies of a record one is kept, the same one in any order; records outside the plan are left out; both are noted.
 */
export async function loadRun(dir: string): Promise<LoadedRun> {
  const { manifest, inputs } = await openRunFolder(dir);
  const methods = manifest.methods.map((method) => method.name);
  const userIds = inputs.profiles.map((profile) => profile.userId).sort(byText);
  const planned = new Set(methods.flatMap((method) => userIds.map((userId) => JSON.stringify([method, userId]))));
  const isPlanned = (record: Key) =>
    planned.has(JSON.stringify([record.method, record.userId])) && record.session < manifest.plan.sessionsPerTrajectory;

  const notes: string[] = [];
  const onNote = (sentence: string) => notes.push(sentence);
  const sessions = createShelf<SessionRow>('session record', isPlanned, onNote);
  for await (const record of readSessions(dir, { onNote })) {
    sessions.put(record, sessionKey(record), JSON.stringify(SessionRecord.toJSON(record)), sessionRow(record));
  }
  const verdicts = createShelf<VerdictRecord>('verdict', isPlanned, onNote);
  for await (const verdict of readVerdicts(dir, { onNote })) {
    verdicts.put(verdict, `${sessionKey(verdict)} ${verdict.stage?.$case}`, JSON.stringify(VerdictRecord.toJSON(verdict)), verdict);
  }
  const recorded = sessions.take();
  const judgedBy = verdicts.take();

  const rows = methods.flatMap((method) =>
    userIds.flatMap((userId) =>
      Array.from({ length: manifest.plan.sessionsPerTrajectory }, (_, session) => {
        const key = sessionKey({ method, userId, session });
        const row = recorded.get(key);
        if (!row) return missingRow(method, userId, session);
        return [judgedBy.get(`${key} task`), judgedBy.get(`${key} turns`)].reduce((judged, verdict) => (verdict ? withVerdict(judged, verdict) : judged), row);
      }),
    ),
  );
  const judges = new Set([...judgedBy.values()].map(({ judge }) => (judge ? `${judge.model} (prompts ${judge.promptHash.slice(0, 12)}, reader ${judge.parserVersion})` : 'unknown')));
  return { manifest, userIds, rows, judges: [...judges].sort(byText), notes: notes.sort(byText) };
}

/** Keeps one copy of each record: of copies that differ the one with the smallest hash, so that the order of the file does not matter. */
function createShelf<T>(noun: string, isPlanned: (key: Key) => boolean, onNote: (sentence: string) => void): Shelf<T> {
  const kept = new Map<string, { hash: string; value: T }>();
  const count = { copies: 0, conflicts: 0, unplanned: 0 };
  return {
    put(record, key, text, value) {
      if (!isPlanned(record)) {
        count.unplanned += 1;
        return;
      }
      const hash = hashHex(text);
      const before = kept.get(key);
      if (before) {
        count.copies += before.hash === hash ? 1 : 0;
        count.conflicts += before.hash === hash ? 0 : 1;
      }
      if (!before || hash < before.hash) kept.set(key, { hash, value });
    },
    take() {
      if (count.copies > 0) onNote(`Dropped: ${count.copies} equal further ${plural(count.copies, 'copy', 'copies')} of a ${noun}.`);
      if (count.conflicts > 0) {
        onNote(`Dropped: ${count.conflicts} further ${plural(count.conflicts, 'copy', 'copies')} of a ${noun} that said something else; the files were merged or edited by hand.`);
      }
      if (count.unplanned > 0) onNote(`Left out: ${count.unplanned} ${noun}${count.unplanned === 1 ? '' : 's'} of a method, user or session that the manifest does not plan.`);
      return new Map([...kept].map(([key, { value }]) => [key, value]));
    },
  };
}

function sessionKey({ method, userId, session }: Key): string {
  return JSON.stringify([method, userId, session]);
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

export interface LoadedRun {
  readonly manifest: Manifest;
  /** Sorted. */
  readonly userIds: readonly string[];
  /** One for each planned session. */
  readonly rows: readonly SessionRow[];
  /** Everybody who gave a verdict; more than one means that verdicts are not alike. */
  readonly judges: readonly string[];
  /** Sentences about what was left out while reading. */
  readonly notes: readonly string[];
}

interface Shelf<T> {
  put(record: Key, key: string, text: string, value: T): void;
  take(): Map<string, T>;
}

interface Key {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
}
