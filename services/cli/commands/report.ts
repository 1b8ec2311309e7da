import { Command } from 'commander';
import { relative, join } from 'node:path';
import { AttuneError } from '../../platform/errors.ts';
import { findRun } from '../find-run.ts';
import { wholeNumber } from '../whole-number.ts';
import { buildReport } from '../../report/service.ts';

/** `attune report`: builds the report of a run again from its records, or one report of several runs. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Build the report of a run from its records: index.html, report.md, metrics.csv, times.csv and sessions.parquet.')
    .argument('<runs...>', 'folders of runs, or their ids under runs/; several become one report')
    .option('--out <folder>', "where the report goes; needed for several runs, the run's own folder for one")
    .option('--baseline <method>', 'the method that the others are compared with', 'vanilla')
    .option('--allow-incomplete', 'report a run whose sessions or verdicts are not all there; missing sessions count as failures')
    .option('--allow-different <aspects>', 'what several runs may differ in all the same, with a warning: prompts, judge, catalogue, tokenizer, models, settings', commaList)
    .option('--transcripts <users>', 'users whose transcripts the page carries; a sample of all unless told', commaList)
    .option('--transcript-bytes <n>', 'the most bytes of transcripts that the page carries (3000000)', wholeNumber)
    .option('--json', 'print one JSON object instead of the table')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExamples:\n  attune report runs/20260314-092653-589-quickstart --baseline vanilla\n  attune report runs/first runs/second --out reports/both')
    .action(report);
}

async function report(runs: string[], flags: Flags, command: Command): Promise<void> {
  const dirs = runs.map(findRun);
  if (dirs.length > 1 && flags.out === undefined) throw new AttuneError('invalid_argument', `A report of ${dirs.length} runs should have a folder of its own, found none; name one with --out.`);
  // The default baseline is only a wish: a run without it is reported without a comparison.
  const baseline = command.getOptionValueSource('baseline') === 'cli' ? { baseline: flags.baseline } : {};
  const table = await buildReport(dirs, {
    ...baseline,
    ...(flags.out !== undefined && { out: flags.out }),
    ...(flags.allowDifferent && { allowDifferent: flags.allowDifferent }),
    ...(flags.transcripts && { transcriptUsers: flags.transcripts }),
    ...(flags.transcriptBytes !== undefined && { transcriptBytes: flags.transcriptBytes }),
    allowIncomplete: flags.allowIncomplete ?? false,
  });
  const folder = relative('.', flags.out ?? join(dirs[0]!, 'report')) || '.';
  const files = FILES.map((file) => join(folder, file));
  if (flags.json) process.stdout.write(`${JSON.stringify({ dir: relative('.', dirs[0]!) || '.', files })}\n`);
  else process.stdout.write(`${table}\nReport: ${files[0]} (and ${FILES.slice(1).join(', ')} beside it)\n`);
}

const FILES = ['index.html', 'report.md', 'metrics.csv', 'times.csv', 'sessions.parquet'] as const;

function commaList(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

interface Flags {
  readonly out?: string;
  readonly baseline: string;
  readonly allowIncomplete?: boolean;
  readonly allowDifferent?: string[];
  readonly transcripts?: string[];
  readonly transcriptBytes?: number;
  readonly json?: boolean;
}
