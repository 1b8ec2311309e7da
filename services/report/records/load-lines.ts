import { AttuneError } from '../../platform/errors.ts';
import { SCHEMA_VERSION } from '../manifest.ts';
import { readSessions, readVerdicts, tornLineNote } from '../read-records.ts';
import { runPaths } from '../run-paths.ts';
import { loadSql, quoted, type Database } from './database.ts';
import { DISAPPOINTMENT_CUES, ENFORCEMENT_CUES } from './effort-cues.ts';
import { indexLines, type LineIndex } from './line-index.ts';
import { stageRecords } from './stage-lines.ts';

/**
 * Reads the session records and verdicts of one run folder into `session_facts` and `verdict_facts`, with the number of each line. The
 * database reads files in bulk and can't say what is wrong where; when something is, the streaming readers go over the file and refuse it
 * in their words: `data_loss` for a malformed line, `failed_precondition` for another schema version, naming file and line.
 */
export async function loadLines(database: Database, dir: string, run: number, onNote: (sentence: string) => void): Promise<RunLines> {
  const paths = runPaths(dir);
  const sessions = await indexLines(paths.sessions);
  await stageRecords(database, sessions, 'sessions', { enforcementCues: quoted(ENFORCEMENT_CUES), disappointmentCues: quoted(DISAPPOINTMENT_CUES) }, readSessions(dir));
  await check(database, sessions, 'staged_sessions', `status IS NULL OR status NOT IN ('SESSION_STATUS_OK', 'SESSION_STATUS_TIMEOUT', 'SESSION_STATUS_SIM_ERROR', 'SESSION_STATUS_AGENT_ERROR', 'SESSION_STATUS_FORGOTTEN')`, readSessions(dir));
  await keep(database, sessions, 'staged_sessions', 'session_facts', run);

  const verdicts = await indexLines(paths.verdicts);
  await stageRecords(database, verdicts, 'verdicts', {}, readVerdicts(dir));
  await check(database, verdicts, 'staged_verdicts', 'stage IS NULL', readVerdicts(dir));
  await keep(database, verdicts, 'staged_verdicts', 'verdict_facts', run);

  for (const { file, torn } of [sessions, verdicts]) if (torn) onNote(tornLineNote(file));
  return { sessions, verdicts };
}

/** Refuses a file with a line that is not what it should be. */
async function check(database: Database, lines: LineIndex, table: string, wrong: string, reread: AsyncIterable<unknown>): Promise<void> {
  const [found] = await database.rows<{ rows: number; suspicious: number | null }>(
    `SELECT count(*) AS rows,
       min(rowid) FILTER (WHERE schema_version IS DISTINCT FROM ${SCHEMA_VERSION} OR coalesce(method, '') = '' OR coalesce(user_id, '') = '' OR session IS NULL OR ${wrong}) AS suspicious
     FROM ${table} WHERE rowid < ${lines.lines}`,
  );
  if (found!.rows === lines.lines && found!.suspicious === null) return;
  for await (const _ of reread) continue;
  const where = found!.suspicious === null ? lines.file : `${lines.file}:${found!.suspicious + 1}`;
  throw new AttuneError('data_loss', `${where} should hold lines as Attune writes them, found a field of another type or a file that changed while it was read; restore the file, or try again.`);
}

async function keep(database: Database, { lines }: LineIndex, staged: string, table: string, run: number): Promise<void> {
  await database.run(await loadSql(new URL('./keep-lines.sql', import.meta.url), { run: String(run), lines: String(lines), staged, table }));
}

export interface RunLines {
  readonly sessions: LineIndex;
  readonly verdicts: LineIndex;
}
