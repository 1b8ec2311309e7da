import { Command } from 'commander';
import { relative, join } from 'node:path';
import { findRun } from '../find-run.ts';
import { buildReport } from '../../report/service.ts';

/** `attune report`: builds the report of a run again from its records. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Build the report of a run from its records: report.md, metrics.csv and index.html.')
    .argument('<run>', "the run's folder, or its id under runs/")
    .option('--baseline <method>', 'the method that the others are compared with', 'vanilla')
    .option('--allow-incomplete', 'report a run whose sessions or verdicts are not all there; missing sessions count as failures')
    .option('--json', 'print one JSON object instead of the table')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExample:\n  attune report runs/20260314-092653-589-quickstart --baseline vanilla')
    .action(report);
}

async function report(run: string, flags: { baseline: string; allowIncomplete?: boolean; json?: boolean }, command: Command): Promise<void> {
  const dir = findRun(run);
  // The default baseline is only a wish: a run without it is reported without a comparison.
  const baseline = command.getOptionValueSource('baseline') === 'cli' ? { baseline: flags.baseline } : {};
  const table = await buildReport(dir, { ...baseline, allowIncomplete: flags.allowIncomplete ?? false });
  const shown = relative('.', dir) || '.';
  if (flags.json) process.stdout.write(`${JSON.stringify({ dir: shown, files: ['report.md', 'metrics.csv', 'index.html'].map((f) => join(shown, 'report', f)) })}\n`);
  else process.stdout.write(`${table}\nReport: ${shown}/report/index.html (and report.md, metrics.csv beside it)\n`);
}
