import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError, writeFileAtomic } from '../platform/files.ts';
import { renderPage } from './html/page.ts';
import { differencesBetween } from './merge/differences.ts';
import { openRecords, type RunRecords } from './records/open-records.ts';
import { readJudgeCheck } from './sections/judge-sheet/check-file.ts';
import type { JudgeCheck } from './sections/judge-sheet/model.ts';
import { renderCsv, renderTimes } from './render-csv.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderTerminal } from './render-terminal.ts';
import { reportModel } from './report-model.ts';
import { runPaths } from './run-paths.ts';
import { writeSessions } from './write-parquet.ts';

/**
 * Writes a report of one run, or of several as one: report.md, metrics.csv, times.csv, sessions.parquet and index.html with its plots. Gives the first table as text
 * for a terminal. The files depend on the manifests, records and events alone, not on the order of their lines, the clock or the folders' names.
 * Throws `failed_precondition` when sessions or verdicts are missing, unless `allowIncomplete`, and when several runs differ in what may not differ;
 * `invalid_argument` for an unknown baseline or aspect, and for several runs without `out`.
 */
export async function buildReport(runs: string | readonly string[], options: ReportOptions = {}): Promise<string> {
  const dirs = typeof runs === 'string' ? [runs] : runs;
  const folder = folderOf(dirs, options.out);
  const notes: string[] = [];
  const records = await openRecords(dirs, { onNote: (note) => notes.push(note) });
  try {
    const differences = differencesBetween(records.runs, records.judges, options.allowDifferent ?? []);
    if (!options.allowIncomplete) await refuseIncomplete(dirs, records);
    const model = await reportModel(records, { ...options, differences, notes, judgeCheck: await judgeCheckOf(dirs) });
    const page = await renderPage(model);
    await makeFolder(folder);
    await rm(join(folder, 'plots'), { recursive: true, force: true });
    if (page.plots.length > 0) await makeFolder(join(folder, 'plots'));
    for (const { name, svg } of page.plots) await writeFileAtomic(join(folder, 'plots', name), svg);
    await writeFileAtomic(join(folder, 'report.md'), renderMarkdown(model));
    await writeFileAtomic(join(folder, 'metrics.csv'), renderCsv(model));
    await writeFileAtomic(join(folder, 'times.csv'), renderTimes(model));
    await writeSessions(records, join(folder, 'sessions.parquet'));
    await writeFileAtomic(join(folder, 'index.html'), page.html);
    return renderTerminal(model);
  } finally {
    await records.close();
  }
}

function folderOf(dirs: readonly string[], out: string | undefined): string {
  if (out !== undefined) return out;
  if (dirs.length === 1) return runPaths(dirs[0]!).report;
  throw new AttuneError('invalid_argument', `A report of ${dirs.length} runs should have a folder of its own, found none; name one with --out.`);
}

/** Of several runs the first check in the order of its text, so that the order of the folders changes nothing; their judges are the same, or a warning says so. */
async function judgeCheckOf(dirs: readonly string[]): Promise<JudgeCheck | null> {
  const checks = (await Promise.all(dirs.map(readJudgeCheck))).filter((check) => check !== null);
  const texts = checks.map((check) => JSON.stringify(check)).sort();
  return texts[0] === undefined ? null : (JSON.parse(texts[0]) as JudgeCheck);
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw describeFileError(`Cannot make ${folder}`, cause);
  });
}

async function refuseIncomplete(dirs: readonly string[], records: RunRecords): Promise<void> {
  const [found] = await records.sql<{ planned: number; missing: number; unjudged: number }>(
    'SELECT count(*) AS planned, count(*) FILTER (NOT recorded) AS missing, count(*) FILTER (finished AND NOT (task_judged AND turns_judged)) AS unjudged FROM session_rows',
  );
  const { planned, missing, unjudged } = found!;
  if (missing === 0 && unjudged === 0) return;
  throw new AttuneError(
    'failed_precondition',
    `${dirs.join(', ')} should hold ${planned} recorded and judged sessions, found ${missing} without a record and ${unjudged} without all verdicts; ` +
      'finish the run with --resume, or report it as it is with --allow-incomplete.',
  );
}

export interface ReportOptions {
  /** The method that others are compared with; default "vanilla" when the run has it. */
  readonly baseline?: string;
  /** Reports a run with missing sessions (failures, for task success) or verdicts (no data). */
  readonly allowIncomplete?: boolean;
  /** Where the report goes; the run's own folder unless told, and needed for several runs. */
  readonly out?: string;
  /** Aspects in which several runs may differ all the same: prompts, judge, catalogue, tokenizer, models, settings. */
  readonly allowDifferent?: readonly string[];
  /** The limit on the transcripts in the page, in bytes of JSON. */
  readonly transcriptBytes?: number;
  /** Users whose transcripts the page carries; a sample of all unless told. */
  readonly transcriptUsers?: readonly string[];
}
