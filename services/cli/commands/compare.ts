import { Command } from 'commander';
import { AttuneError } from '../../platform/errors.ts';
import { compareRuns, renderComparison, renderSelftest, runSelftest } from '../../report/service.ts';
import { findRun } from '../find-run.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune compare`: which methods differ, by how much, and how sure that is. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Compare the methods of a run, or methods of several runs, with one of them: paired by profile, with intervals and corrected p-values.')
    .argument('[runs...]', "the runs' folders, or their ids under runs/")
    .option('--baseline <method>', 'the method that the others are compared with (method@run where several runs have it); default vanilla, or the first run’s method')
    .option('--method <names>', 'only these methods, e.g. reflection,rag', names)
    .option('--metric <ids>', 'show these metrics, e.g. success,compliance_micro; the correction stays that of the whole family', names)
    .option('--allow-different <aspects>', 'compare runs although they differ in these, e.g. prompts,judge', names)
    .option('--allow-incomplete', 'compare runs whose sessions or verdicts are not all there; missing sessions count as failures')
    .option('--selftest', 'check on simulated experiments that intervals, error rates and power are what they should be; exit code 1 when not')
    .option('--experiments <n>', 'simulated experiments of each kind in the self-test', wholeNumber, 1000)
    .option('--seed <n>', 'seed of the self-test', wholeNumber, 1)
    .option('--json', 'print one JSON object instead of tables')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(compare);
}

const EXAMPLES = `
Examples:
  attune compare runs/20260314-092653-589-quickstart --baseline vanilla
  attune compare old-run new-run --method reflection --allow-different prompts
  attune compare --selftest`;

async function compare(runs: readonly string[], flags: CompareFlags): Promise<void> {
  if (flags.selftest) return selftest(runs, flags);
  if (runs.length === 0) throw new AttuneError('invalid_argument', 'Name at least one run, or ask for --selftest.');
  const comparison = await compareRuns(runs.map(findRun), {
    ...(flags.baseline !== undefined && { baseline: flags.baseline }),
    ...(flags.method && { methods: flags.method }),
    ...(flags.metric && { metrics: flags.metric }),
    ...(flags.allowDifferent && { allowDifferent: flags.allowDifferent }),
    allowIncomplete: flags.allowIncomplete ?? false,
  });
  process.stdout.write(flags.json ? `${JSON.stringify(comparison)}\n` : `${renderComparison(comparison)}\n`);
}

function selftest(runs: readonly string[], { experiments, seed, json }: CompareFlags): void {
  if (runs.length > 0) throw new AttuneError('invalid_argument', '--selftest simulates its own experiments; leave the runs out.');
  if (experiments < 1) throw new AttuneError('invalid_argument', '--experiments should be at least 1.');
  const result = runSelftest({ experiments, seed, onProgress: showProgress });
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${renderSelftest(result)}\n`);
  if (result.missed.length > 0) throw new AttuneError('failed_precondition', `The self-test missed ${result.missed.length === 1 ? 'a bound' : `${result.missed.length} bounds`}: ${result.missed.join('; ')}.`);
}

/** On a terminal only; gone when the last experiment is. */
function showProgress(done: number, total: number): void {
  if (!process.stderr.isTTY || (done % 50 !== 0 && done !== total)) return;
  process.stderr.write(done === total ? '\r\u001b[K' : `\r\u001b[K${done} of ${total} experiments`);
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

interface CompareFlags {
  baseline?: string;
  method?: string[];
  metric?: string[];
  allowDifferent?: string[];
  allowIncomplete?: boolean;
  selftest?: boolean;
  experiments: number;
  seed: number;
  json?: boolean;
  debug?: boolean;
}
