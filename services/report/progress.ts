import { answeredProbe } from '../catalogue/index.ts';
import { SessionStatus } from '../gen/attune/record/v1/record.ts';
import { byText } from './text-order.ts';
import { readSessions, readVerdicts, type ReadOptions } from './read-records.ts';

/**
 * What a run has on disk, by trajectory, sorted by method and user; trajectories without a record are not listed.
 * Throws as `readSessions` does.
 */
export async function progressOf(dir: string, options: ReadOptions = {}): Promise<TrajectoryProgress[]> {
  const trajectories = new Map<string, Seen>();
  for await (const record of readSessions(dir, options)) {
    const { method, userId, session, status } = record;
    const key = JSON.stringify([method, userId]);
    const seen = trajectories.get(key) ?? { method, userId, sessions: new Set(), forgotten: new Set(), probed: new Set(), task: new Set(), turns: new Set(), probe: new Set() };
    seen.sessions.add(session);
    if (status === SessionStatus.FORGOTTEN) seen.forgotten.add(session);
    if (answeredProbe(record)) seen.probed.add(session);
    trajectories.set(key, seen);
  }
  for await (const { method, userId, session, stage } of readVerdicts(dir, options)) {
    if (stage) trajectories.get(JSON.stringify([method, userId]))?.[stage.$case].add(session);
  }
  return [...trajectories.values()].map(summarise).sort((a, b) => byText(a.method, b.method) || byText(a.userId, b.userId));
}

function summarise({ method, userId, sessions, forgotten, probed, task, turns, probe }: Seen): TrajectoryProgress {
  const numbers = [...sessions].sort((a, b) => a - b);
  const judgeable = numbers.filter((session) => !forgotten.has(session));
  const gap = numbers.findIndex((session, index) => session !== index);
  return {
    method,
    userId,
    recorded: gap === -1 ? numbers.length : gap,
    lackingTask: judgeable.filter((session) => !task.has(session)),
    lackingTurns: judgeable.filter((session) => !turns.has(session)),
    lackingProbe: judgeable.filter((session) => probed.has(session) && !probe.has(session)),
  };
}

export interface TrajectoryProgress {
  readonly method: string;
  readonly userId: string;
  /** Sessions recorded, or forgotten, without a gap from session 0: the session to go on with. */
  readonly recorded: number;
  /** Recorded sessions, failed ones included, without a task verdict, ascending. */
  readonly lackingTask: readonly number[];
  /** Recorded sessions without turn verdicts, ascending. */
  readonly lackingTurns: readonly number[];
  /** Recorded sessions whose probe was asked and answered, without a verdict on it, ascending. */
  readonly lackingProbe: readonly number[];
}

interface Seen {
  readonly method: string;
  readonly userId: string;
  readonly sessions: Set<number>;
  /** Of them, those of whom only the key is left. */
  readonly forgotten: Set<number>;
  /** Of them, those whose probe was asked and answered. */
  readonly probed: Set<number>;
  readonly task: Set<number>;
  readonly turns: Set<number>;
  readonly probe: Set<number>;
}
