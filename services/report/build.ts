import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError, writeFileAtomic } from '../platform/files.ts';
import { renderPage } from './html/page.ts';
import { loadRun, type LoadedRun } from './load-run.ts';
import { renderCsv } from './render-csv.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderTerminal } from './render-terminal.ts';
import { reportModel } from './report-model.ts';
import { runPaths } from './run-paths.ts';
import { isFinished, isRecorded } from './session-row.ts';

/**
 * Writes report/report.md, report/metrics.csv and report/index.html into a run folder and gives the first table as text for a terminal.
 * The files depend on the manifest and the records alone, not on their order, the clock or the folder's name.
 * Throws `failed_precondition` when sessions or verdicts are missing, unless `allowIncomplete`; `invalid_argument` for an unknown baseline.
 */
export async function buildReport(dir: string, options: ReportOptions = {}): Promise<string> {
  const run = await loadRun(dir);
  if (!options.allowIncomplete) refuseIncomplete(dir, run);
  const model = reportModel(run, { baseline: options.baseline });
  const folder = runPaths(dir).report;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw describeFileError(`Cannot make ${folder}`, cause);
  });
  await writeFileAtomic(join(folder, 'report.md'), renderMarkdown(model));
  await writeFileAtomic(join(folder, 'metrics.csv'), renderCsv(model));
  await writeFileAtomic(join(folder, 'index.html'), renderPage(model));
  return renderTerminal(model);
}

function refuseIncomplete(dir: string, { rows }: LoadedRun): void {
  const missing = rows.filter((row) => !isRecorded(row)).length;
  const unjudged = rows.filter((row) => isFinished(row) && (row.task === 'unjudged' || row.turns === null)).length;
  if (missing === 0 && unjudged === 0) return;
  throw new AttuneError(
    'failed_precondition',
    `${dir} should hold ${rows.length} recorded and judged sessions, found ${missing} without a record and ${unjudged} without all verdicts; ` +
      'finish the run with --resume, or report it as it is with --allow-incomplete.',
  );
}

export interface ReportOptions {
  /** The method that others are compared with; default "vanilla" when the run has it. */
  readonly baseline?: string;
  /** Reports a run with missing sessions (failures, for task success) or verdicts (no data). */
  readonly allowIncomplete?: boolean;
}
