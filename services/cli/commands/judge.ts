import { relative } from 'node:path';
import { Command } from 'commander';
import { judgeConfigOf, judgeInputsOf, openModels } from '../../all-in-one/service.ts';
import { problemBank } from '../../catalogue/index.ts';
import type { Problem } from '../../gen/attune/task/v1/task.ts';
import { askAnchors, createJudge, exampleSessions, failedAnchors, JudgeDefinition, observeJudge } from '../../judge/service.ts';
import type { CheckedSession } from '../../judge/service.ts';
import { judgedMaterial, judgePlaces, parseExperiment } from '../../orchestrator/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { connect } from '../../platform/rpc.ts';
import { anchorsOnly, judgeCheckOf, labelsOfRun, openRunFolder, renderJudgeSheet, sampleSessions, writeJudgeCheck } from '../../report/service.ts';
import type { RunFolder } from '../../report/service.ts';
import { environment } from '../config.ts';
import { withFlags } from '../experiment-flags.ts';
import { findRun } from '../find-run.ts';
import { untilInterrupted } from '../interrupt.ts';
import { createPlainLog } from '../plain-log.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune judge`: whether a judge can be trusted. */
export function judgeCommand(): Command {
  const command = new Command('judge').description('Examine the judge.');
  command
    .command('check')
    .description('Ask a judge questions with known answers, ask it again about the same sessions, compare it with rules and labels, and write judge-check.json; exit code 1 when it fails its anchors.')
    .argument('[run]', "a run's folder, or its id under runs/: its judge and its sessions; without it the examples of the catalogue")
    .option('--labels <file>', 'labels of the run, CSV or JSON lines: method,user,session,turn,preference,label')
    .option('--repeats <k>', 'how often each question is asked, at least 2', wholeNumber, 3)
    .option('--sample <n>', 'sessions that are asked about', wholeNumber, 40)
    .option('--seed <n>', 'seed of the sample and the calls', wholeNumber, 1)
    .option('--concurrency <n>', 'sessions under way at once', wholeNumber, 16)
    .option('--models <url>', 'an OpenAI-compatible endpoint such as http://localhost:8000/v1, or "sim", in place of the judge of the run')
    .option('--model <name>', 'the model that judges')
    .option('--api-key-env <name>', 'the environment variable that holds the API key (ATTUNE_API_KEY)')
    .option('--out <folder>', "where judge-check.json goes (the run's folder; without a run nothing is written unless told)")
    .option('--json', 'print one JSON object instead of the tables')
    .option('--debug', 'print the stack of an error and every log line')
    .addHelpText('after', EXAMPLES)
    .action(check);
  return command;
}

const EXAMPLES = `
Examples:
  attune judge check runs/20260314-092653-589-quickstart --labels labels.csv
  attune judge check --models http://localhost:8000/v1 --model meta-llama/Llama-3.3-70B-Instruct --repeats 11

A line of labels says followed, violated or not_applicable of a preference in an agent turn (from 0); with turn and preference
empty it says 1 or 0 of the final draft. attune report shows what is found, with corrected scores beside the raw ones.`;

async function check(name: string | undefined, flags: CheckFlags): Promise<void> {
  const { labels: labelsFile, repeats, sample, seed, concurrency } = flags;
  if (labelsFile !== undefined && name === undefined) throw new AttuneError('invalid_argument', '--labels are about the sessions of a run; name the run too.');
  if (sample < 1 || concurrency < 1 || repeats < 2) throw new AttuneError('invalid_argument', `A check needs --repeats of at least 2 and --sample and --concurrency of at least 1; found ${repeats}, ${sample} and ${concurrency}.`);
  const dir = name === undefined ? null : findRun(name);
  const run = dir === null ? null : await openRunFolder(dir);
  const experiment = judgeExperiment(flags, run);
  // First, since a bad line should not cost a call.
  const labelled = dir === null || labelsFile === undefined ? { labels: [], corrected: [] } : await labelsOfRun(dir, labelsFile);
  const methods = run ? run.manifest.methods.map((method) => method.name) : ['kept', 'broken'];
  const sessions = dir === null || run === null ? exampleSessions({ seed, sample }) : await sessionsOf(dir, run, { seed, sample, methods });

  await untilInterrupted(async (signal) => {
    const log = createPlainLog({ debug: flags.debug ?? false });
    const models = await openModels(experiment, { knowledge: knowledgeOf(run), secrets: environment(), log });
    const config = judgeConfigOf(experiment);
    const judge = connect(JudgeDefinition, createJudge(config, { panel: models.judges }), { deadlineMs: DEADLINE_MS, log });
    try {
      await models.preflight(signal);
      const { identity, anchors } = await askAnchors(judge.client, { seed, concurrency, signal });
      const failed = failedAnchors(anchors);
      const found =
        failed !== null || sessions.length === 0
          ? { ...anchorsOnly(identity, anchors), labels: labelled.labels }
          : judgeCheckOf(await observeJudge(sessions, { config, panel: models.judges, repeats, seed, concurrency, signal, onDone: showDone() }).finally(hideDone), { source: run ? 'run' : 'examples', seed, methods, anchors, labels: labelled.labels });
      const folder = flags.out ?? dir;
      const file = folder === null ? null : await writeJudgeCheck(folder, found);
      const sheet = { ...found, corrected: labelled.corrected };
      const shown = file === null ? null : relative('.', file);
      process.stdout.write(flags.json ? `${JSON.stringify({ file: shown, ...sheet })}\n` : `${renderJudgeSheet(sheet)}${shown === null ? '' : `\nJudge check: ${shown}${dir === folder ? ` (in the report after: attune report ${relative('.', dir!)})` : ''}\n`}`);
      if (failed !== null) throw new AttuneError('failed_precondition', `${failed} Nothing more was asked.`);
    } finally {
      await judge.close();
      await models.close();
    }
  });
}

/** An experiment in which every role is the judge's, so that nothing but the judge has to answer. */
function judgeExperiment({ models: url, model, apiKeyEnv }: CheckFlags, run: RunFolder | null): Experiment {
  const own = run ? parseExperiment(run.manifest.experiment, 'manifest.json') : null;
  const named = url !== undefined || model !== undefined;
  if (own && named) {
    const { panel: _, ...judge } = own.judge;
    return parseExperiment(withFlags({ seed: own.seed, judge }, given({ models: url, model, apiKeyEnv })), 'the command line');
  }
  if (!own) return parseExperiment(withFlags({}, given({ models: url, model, apiKeyEnv })), 'the command line');
  if (own.services.judge !== undefined) {
    throw new AttuneError('failed_precondition', `The run was judged by the service at ${own.services.judge}, which answers for models of its own; name its model with --models URL --model NAME.`);
  }
  const place = judgePlaces(own)[0]!;
  const { roles: _, ...models } = own.models;
  return parseExperiment({ seed: own.seed, judge: own.judge, sim: own.sim, models: { ...models, ...place, ...(apiKeyEnv !== undefined && { apiKeyEnv }), cache: 'off' } }, 'manifest.json');
}

function given(flags: Record<string, string | undefined>): Parameters<typeof withFlags>[1] {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

async function sessionsOf(dir: string, run: RunFolder, options: { seed: number; sample: number; methods: string[] }): Promise<CheckedSession[]> {
  const inputs = judgeInputsOf(run.inputs);
  const records = await sampleSessions(dir, options);
  return records.map((record) => ({ method: record.method, userId: record.userId, session: record.session, ...judgedMaterial(record, inputs) }));
}

/** What simulated judges know. */
function knowledgeOf(run: RunFolder | null): Problem[] {
  return [...problemBank(), ...(run?.inputs.problems ?? [])];
}

/** A count on a terminal; nothing where standard error is a file. */
function showDone(): () => void {
  let done = 0;
  return () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} sessions and pairs`);
  };
}

function hideDone(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** One answer with its re-asks on a slow model server. */
const DEADLINE_MS = 900_000;

interface CheckFlags {
  labels?: string;
  repeats: number;
  sample: number;
  seed: number;
  concurrency: number;
  models?: string;
  model?: string;
  apiKeyEnv?: string;
  out?: string;
  json?: boolean;
  debug?: boolean;
}
