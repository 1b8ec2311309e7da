import type { Profile } from '../../../gen/attune/profile/v1/profile.ts';
import { VerdictStatus } from '../../../gen/attune/judge/v1/judge.ts';
import { SessionStatus } from '../../../gen/attune/record/v1/record.ts';
import { seedFrom } from '../../../platform/random.ts';
import type { Transcript, TranscriptSample } from './model.ts';
import { transcriptOf, type JudgedSession } from './transcript.ts';

/** The usual limit on a page's transcripts: browsers open such a page at once, and mail still takes it. */
export const TRANSCRIPT_BYTES = 3_000_000;

/**
 * Picks the sessions that a page carries, at most `maxBytes` of JSON. Everything, when it fits. Else users are drawn in a seeded order, which
 * is the same for every method, so that one can compare how two methods handled the same session: two thirds of the space go to whole
 * trajectories of the first users drawn, the rest in equal parts to each method's sessions that failed or were answered wrongly. The result
 * does not depend on the order of `add`, and memory stays at a small multiple of `maxBytes`.
 */
export function createTranscriptSample(options: SampleOptions): TranscriptCollector {
  const { seed, methods, maxBytes = TRANSCRIPT_BYTES, users = [] } = options;
  const failureSpace = Math.floor(maxBytes / 3);
  const trajectories = createShelf(maxBytes);
  const failures = methods.map(() => createShelf(failureSpace / methods.length));
  let total = 0;
  // Sessions come user by user.
  let latest = { userId: '', drawn: 0 };

  return {
    add(item) {
      const { method, userId, session } = item.record;
      const place = methods.indexOf(method);
      if (place < 0 || (users.length > 0 && !users.includes(userId))) return;
      total += 1;
      const drawn = seedFrom(seed, 'transcripts', userId, session);
      if (latest.userId !== userId) latest = { userId, drawn: seedFrom(seed, 'transcripts', userId) };
      const shelves: [Shelf, Rank][] = [[trajectories, [latest.drawn, drawn, place]]];
      if (isFailure(item)) shelves.push([failures[place]!, [drawn, place, session]]);
      const open = shelves.filter(([shelf, rank]) => shelf.wants(rank));
      if (open.length === 0) return;
      const transcript = transcriptOf(item);
      const bytes = Buffer.byteLength(JSON.stringify(transcript)) + 1;
      for (const [shelf, rank] of open) shelf.put({ rank, bytes, transcript });
    },
    finish(profiles) {
      const chosen = new Map<string, Transcript>();
      const failed = trajectories.isFull() ? failures.flatMap((shelf) => shelf.first(failureSpace)) : [];
      const left = maxBytes - failed.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { transcript } of [...trajectories.first(left), ...failed]) chosen.set(keyOf(transcript), transcript);
      const sessions = [...chosen.values()].sort((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method) || byText(a.userId, b.userId) || a.session - b.session);
      const shown = new Set(sessions.map(({ userId }) => userId));
      const preferences = Object.fromEntries(profiles.filter(({ userId }) => shown.has(userId)).map((profile) => [profile.userId, textsOf(profile)]));
      return { total, maxBytes, users: [...users], sessions, preferences };
    },
  };
}

/** Keeps the items of the lowest ranks that fit. What is put out would be put out in any order of arrival, since the space before it only fills up. */
function createShelf(space: number): Shelf {
  const items: Ranked[] = [];
  let used = 0;
  let firstOut: Rank | null = null;
  return {
    wants: (rank) => firstOut === null || compareRanks(rank, firstOut) < 0,
    put(item) {
      const at = items.findLastIndex(({ rank }) => compareRanks(rank, item.rank) < 0) + 1;
      items.splice(at, 0, item);
      used += item.bytes;
      while (used > space) {
        const out = items.pop()!;
        firstOut = out.rank;
        used -= out.bytes;
      }
    },
    isFull: () => firstOut !== null,
    first(limit) {
      let sum = 0;
      return items.filter(({ bytes }) => (sum += bytes) <= limit);
    },
  };
}

function isFailure({ record, task }: JudgedSession): boolean {
  return record.status !== SessionStatus.OK || (task?.status === VerdictStatus.SCORED && !task.correct);
}

function compareRanks(a: Rank, b: Rank): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function keyOf({ method, userId, session }: Transcript): string {
  return JSON.stringify([method, userId, session]);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function textsOf(profile: Profile): Record<string, string> {
  return Object.fromEntries(profile.preferences.map(({ id, condition, action }) => [id, condition ? `When ${condition}: ${action}` : action]));
}

export interface SampleOptions {
  /** The run's seed. */
  readonly seed: number;
  /** In the manifest's order. */
  readonly methods: readonly string[];
  /** Default TRANSCRIPT_BYTES. */
  readonly maxBytes?: number | undefined;
  /** Only sessions of these users; empty or missing means all. */
  readonly users?: readonly string[] | undefined;
}

export interface TranscriptCollector {
  /** Every recorded session once. */
  add(item: JudgedSession): void;
  /** What was chosen, with the texts of its users' preferences. */
  finish(profiles: readonly Profile[]): TranscriptSample;
}

interface Shelf {
  /** Whether an item of this rank can still be among the first. */
  wants(rank: Rank): boolean;
  put(item: Ranked): void;
  /** Whether something was put out for lack of space. */
  isFull(): boolean;
  /** The items of the lowest ranks that take at most `limit` bytes. */
  first(limit: number): readonly Ranked[];
}

interface Ranked {
  readonly rank: Rank;
  readonly bytes: number;
  readonly transcript: Transcript;
}

type Rank = readonly [number, number, number];
