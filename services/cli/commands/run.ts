import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { hostname } from 'node:os';
import { coordinateRun, runExperiment } from '../../all-in-one/service.ts';
import type { RunResult, RunStart, StartedRun } from '../../all-in-one/service.ts';
import { parseExperiment, readExperiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { closeWhenLost } from '../../platform/nats.ts';
import { BUS_OPTION, DEFAULT_LEASE_MS, LEASE_OPTION, openBus } from '../bus.ts';
import { environment } from '../config.ts';
import { findRun } from '../find-run.ts';
import { createPlainLog } from '../plain-log.ts';
import { amount } from '../amount.ts';
import { limitsOf, withFlags } from '../experiment-flags.ts';
import type { ExperimentFlags } from '../experiment-flags.ts';
import { share } from '../share.ts';
import { openTelemetry } from '../telemetry.ts';
import { wholeNumber } from '../whole-number.ts';
import { showProgress } from '../progress.ts';
import { untilInterrupted } from '../interrupt.ts';

/** `attune run`: runs an experiment in this process, or goes on with one. */
export function runCommand(): Command {
  return new Command('run')
    .description('Run an experiment, or go on with one that was stopped, and write its report.')
    .argument('[experiment]', 'a YAML file; without it the quick start: 4 methods, 4 users, 6 sessions, simulated models')
    .option('--methods <names>', 'methods, with commas between them; name=host:port for a method that somebody else serves')
    .option('--profiles <source>', 'how many users to generate from the catalogue, or a file of profiles')
    .option('--profiles-limit <n>', 'use only the first n profiles', wholeNumber)
    .option('--sessions <n>', 'sessions of one user with one method', wholeNumber)
    .option('--dataset <files>', 'problem files (JSON or JSONL) with commas between them; "bank" is the built-in problem bank')
    .option('--probes <rate>', 'share of sessions in which the user asks a conflict probe, 0 to 1 (0.3)', share)
    .option('--max-turns <n>', 'the most user messages of a session', wholeNumber)
    .option('--models <url>', 'an OpenAI-compatible endpoint such as http://localhost:8000/v1, or "sim"')
    .option('--sim-url <url>', 'simulated models: a server of them that is there already, http://host:8000/v1, in place of one of its own')
    .option('--model <name>', 'the model that plays user, agent and judge')
    .option('--embedding-model <name>', 'embed with this model of the endpoint instead of the built-in lexical embedding')
    .option('--rerank-model <name>', 'rerank with this model of the endpoint instead of the built-in lexical reranker')
    .option('--api-key-env <name>', 'the environment variable that holds the API key (ATTUNE_API_KEY)')
    .option('--cache <mode>', 'response cache: off, read-write or replay-only')
    .option('--concurrency <n>', 'trajectories under way at once', wholeNumber)
    .option('--limit-tokens <n>', 'pause the run when its model calls have used so many tokens', wholeNumber)
    .option('--limit-money <amount>', "pause the run when it has cost so much, by the experiment's prices", amount)
    .option('--limit-hours <hours>', 'pause the run when it has taken so long', amount)
    .option('--seed <n>', 'seed of everything that is drawn', wholeNumber)
    .option('--name <name>', "the experiment's name")
    .option('--out <folder>', "the run's folder (runs/<run id>)")
    .option('--resume <run>', 'go on with the run in this folder')
    .option('--go-on', 'with --out: go on with the run in that folder when there is one; addresses in the experiment may have changed')
    .option('--wire', 'reach the services over loopback gRPC instead of calling them directly')
    .option(...BUS_OPTION)
    .option('--no-workers', 'with --bus: only coordinate and record; runners and judges are other processes')
    .option('--host <address>', 'with --bus: the address that the services of this process listen on (127.0.0.1)')
    .option('--advertise <name>', "with --bus: the name by which workers reach this machine (the --host, or this machine's name)")
    .option(...LEASE_OPTION, wholeNumber, DEFAULT_LEASE_MS)
    .option('--json', 'print one JSON object at the end and nothing else on standard output')
    .option('--debug', 'print the stack of an error and every log line')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const EXAMPLES = `
Examples:
  attune run
  attune run --dataset problems.jsonl --profiles profiles.json --methods vanilla,rag --sessions 4
  attune run --models http://localhost:8000/v1 --model meta-llama/Llama-3.1-8B-Instruct --profiles 2 --sessions 2
  attune run --resume runs/20260314-092653-589-quickstart
  attune run experiment.yaml --bus nats://localhost:4222

Ctrl-C stops a run cleanly; --resume goes on with it and ends with the same records.
Exit codes: 0 done, 1 the work failed, 2 wrong use, 130 stopped.`;

async function run(file: string | undefined, flags: RunFlags): Promise<void> {
  const start = await startOf(file, flags);
  const log = createPlainLog({ debug: flags.debug ?? false });
  const telemetry = await openTelemetry(environment(), 'run', log);
  await untilInterrupted(async (signal) => {
    const result = await runShown((onStart) => runAs(start, flags, { secrets: environment(), log, signal, simUrl: flags.simUrl, observer: telemetry.observer, onStart: (started) => {
      telemetry.watch(started);
      onStart(started);
    } }));
    const dir = shownPath(result.dir);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ runId: result.manifest.runId, dir, unjudged: result.unjudged, failed: result.failed, sessions: result.sessions })}\n`);
    } else {
      process.stdout.write(`\n${result.table}\nReport: ${dir}/report/index.html (and report.md, metrics.csv, times.csv, sessions.parquet beside it)\n`);
    }
    complain(result, dir);
  }).finally(() => telemetry.close());
}

/** In this process alone, or as the coordinator of a run that others help with. */
async function runAs(start: RunStart, flags: RunFlags, deps: Omit<Parameters<typeof runExperiment>[1], 'wire'>): Promise<RunResult> {
  const address = flags.bus ?? environment()['ATTUNE_BUS'];
  if (address === undefined || address === '') return runExperiment(start, { ...deps, wire: flags.wire ?? false });
  const nats = await openBus(address, { log: deps.log, name: 'run' });
  closeWhenLost(nats, deps.signal);
  try {
    const { host, advertise = host === undefined ? undefined : reachableName(host), leaseMs, workers } = flags;
    return await coordinateRun(start, nats, { ...deps, host, advertise, leaseMs, workers });
  } finally {
    await nats.close();
  }
}

/** An address that means "all of mine" is none that another machine could call. */
function reachableName(host: string): string {
  return ['0.0.0.0', '::'].includes(host) ? hostname() : host;
}

/** Runs with the progress on standard error. When a run ends early, the error says how to go on with it. */
async function runShown(run: (onStart: (started: StartedRun) => void) => Promise<RunResult>): Promise<RunResult> {
  const shown: { dir?: string; progress?: ReturnType<typeof showProgress> } = {};
  try {
    return await run((started) => {
      shown.dir = shownPath(started.dir);
      shown.progress = showProgress(started, process.stderr);
    });
  } catch (error) {
    if (shown.dir === undefined) throw error;
    const { code, message } = AttuneError.from(error);
    throw new AttuneError(code, `${message} What is recorded is kept; go on with: attune run --resume ${shown.dir}`, { cause: error });
  } finally {
    shown.progress?.stop();
  }
}

function shownPath(dir: string): string {
  return relative('.', dir) || '.';
}

/** A run that could not do its work says so and fails, although everything is on record. */
function complain(result: RunResult, dir: string): void {
  const { failed, sessions, unjudged, judgeRefused } = result;
  if (sessions > 0 && failed.count === sessions) {
    throw new AttuneError('failed_precondition', `All ${sessions} sessions failed; the first one because: ${failed.first}`);
  }
  if (failed.count > 0) process.stderr.write(`${failed.count} of ${sessions} sessions failed and count as failures; the first one because: ${failed.first}\n`);
  if (unjudged > 0 && judgeRefused !== undefined) {
    throw new AttuneError('failed_precondition', `${judgeRefused} ${unjudged} verdicts were not asked for; put a better judge in its place and go on with: attune run --resume ${dir}`);
  }
  if (unjudged > 0) {
    throw new AttuneError('unavailable', `${unjudged} verdicts are missing because the judge could not be reached; judge them with: attune run --resume ${dir}`);
  }
}

async function startOf(file: string | undefined, flags: RunFlags): Promise<RunStart> {
  if (flags.resume !== undefined) {
    const others = Object.keys(flags).filter((name) => !['resume', 'wire', 'json', 'debug', 'bus', 'workers', 'host', 'advertise', 'leaseMs', 'simUrl', 'limitTokens', 'limitMoney', 'limitHours'].includes(name));
    if (file !== undefined || others.length > 0) {
      throw new AttuneError('invalid_argument', '--resume takes everything but limits from the run folder; leave out the experiment and the other options.');
    }
    return { resume: findRun(flags.resume), limits: limitsOf(flags) };
  }
  const raw = file === undefined ? {} : await readExperiment(file);
  const experiment = parseExperiment(withFlags(raw, flags), file ?? 'the command line');
  if (flags.goOn) {
    if (flags.out === undefined) throw new AttuneError('invalid_argument', '--go-on needs to know which folder; name it with --out.');
    if (existsSync(join(flags.out, 'manifest.json'))) return { resume: flags.out, experiment };
  }
  return { experiment, ...(flags.out !== undefined && { out: flags.out }) };
}

interface RunFlags extends ExperimentFlags {
  simUrl?: string;
  out?: string;
  resume?: string;
  goOn?: boolean;
  wire?: boolean;
  bus?: string;
  workers: boolean;
  host?: string;
  advertise?: string;
  leaseMs: number;
  json?: boolean;
  debug?: boolean;
}
