import { SessionRecord, VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import type { ProbeVerdict, TaskVerdict, TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Database } from './database.ts';
import { openLines, type LineReader } from './line-index.ts';
import type { RunLines } from './load-lines.ts';

/**
 * Every recorded session with its verdicts, whole, by method, user id and session; of several runs one after the other. Only the numbers of
 * the lines are sorted, and each line is read where it stands, so that memory does not grow with the run.
 */
export async function* inOrder(database: Database, runs: readonly RunLines[], run?: number): AsyncGenerator<JudgedSession> {
  const readers: (LineReader | null)[] = [];
  const open = (lines: RunLines['sessions']) => {
    const reader = lines.exists ? openLines(lines) : null;
    readers.push(reader);
    return reader;
  };
  const files = runs.map((run) => ({ sessions: open(run.sessions), verdicts: open(run.verdicts) }));
  try {
    for await (const place of database.stream<Place>(places(run))) {
      const { sessions, verdicts } = files[place.run]!;
      const record = SessionRecord.fromJSON(JSON.parse(sessions!.read(place.line)));
      if (record.session !== place.session || record.userId !== place.user_id) {
        throw new AttuneError('data_loss', `${runs[place.run]!.sessions.file} changed while it was read; try again when nothing writes to it.`);
      }
      const verdict = (line: number | null) => (line === null ? undefined : VerdictRecord.fromJSON(JSON.parse(verdicts!.read(line))).stage);
      const [task, turns, probe] = [verdict(place.task), verdict(place.turns), verdict(place.probe)];
      yield {
        record,
        ...(task?.$case === 'task' && { task: task.value }),
        ...(turns?.$case === 'turns' && { turns: turns.value.turns }),
        ...(probe?.$case === 'probe' && { probe: probe.value }),
      };
    }
  } finally {
    for (const reader of readers) reader?.close();
  }
}

const places = (run: number | undefined) => `
  SELECT s.run, s.session, u.name AS user_id, s.line, t.line AS task, n.line AS turns, p.line AS probe
  FROM session_facts s
  JOIN users u USING ("user")
  LEFT JOIN verdict_facts t ON t.stage = 'task' AND (t.run, t.method, t."user", t.session) = (s.run, s.method, s."user", s.session)
  LEFT JOIN verdict_facts n ON n.stage = 'turns' AND (n.run, n.method, n."user", n.session) = (s.run, s.method, s."user", s.session)
  LEFT JOIN verdict_facts p ON p.stage = 'probe' AND (p.run, p.method, p."user", p.session) = (s.run, s.method, s."user", s.session)
  ${run === undefined ? '' : `WHERE s.run = ${run}`}
  ORDER BY s.run, s.method, s."user", s.session`;

/** A session record with what was judged of it; a stage without a verdict is missing. */
export interface JudgedSession {
  readonly record: SessionRecord;
  readonly task?: TaskVerdict;
  readonly turns?: readonly TurnVerdict[];
  readonly probe?: ProbeVerdict;
}

interface Place {
  readonly run: number;
  readonly session: number;
  readonly user_id: string;
  /** Of the session record, then of the verdicts, from 0. */
  readonly line: number;
  readonly task: number | null;
  readonly turns: number | null;
  readonly probe: number | null;
}
