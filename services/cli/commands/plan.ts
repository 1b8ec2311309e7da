import { Command } from 'commander';
import { playTrial } from '../../all-in-one/service.ts';
import { ASSUMED_SHAPE, createPlayedSessions, forecastRun, parseExperiment, readExperiment, readUsers } from '../../orchestrator/service.ts';
import type { Forecast } from '../../orchestrator/service.ts';
import { openRunFolder, readSessions, readVerdicts } from '../../report/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { withFlags } from '../experiment-flags.ts';
import type { ExperimentFlags } from '../experiment-flags.ts';
import { findRun } from '../find-run.ts';
import { untilInterrupted } from '../interrupt.ts';
import { createPlainLog } from '../plain-log.ts';
import { wholeNumber } from '../whole-number.ts';
import { forecastText } from '../forecast-text.ts';
import { foreseePower, powerText, successOutcomes } from '../foresee-power.ts';
import { share } from '../share.ts';

/** `attune plan`: what an experiment will take and what it can show, before a token is spent. */
export function planCommand(): Command {
  return new Command('plan')
    .description('Say what an experiment will take (sessions, calls, tokens, time, GPU-hours, money, energy) and the smallest gap that it can show.')
    .argument('[experiment]', 'a YAML file; without it the quick start')
    .option('--methods <names>', 'methods, with commas between them')
    .option('--profiles <source>', 'how many users, or a file of profiles')
    .option('--sessions <n>', 'sessions of one user with one method', wholeNumber)
    .option('--from <run>', 'take calls, turns and message lengths from this run instead of a trial on simulated models')
    .option('--turns <n>', 'agent turns of a session (8)', wholeNumber)
    .option('--user-tokens <n>', 'tokens of a user message (60)', wholeNumber)
    .option('--reply-tokens <n>', 'tokens of a reply (350)', wholeNumber)
    .option('--gap <share>', 'also say how many users are needed to show this gap in task success, for example 0.03', share)
    .option('--sd <share>', 'standard deviation, over users, of the difference in success between two methods (else assumed, or measured with --from)', share)
    .option('--by-method', 'list calls and tokens by method too')
    .option('--json', 'print one JSON object')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(plan);
}

const EXAMPLES = `
Examples:
  attune plan
  attune plan experiment.yaml --turns 10 --gap 0.02
  attune plan experiment.yaml --from runs/pilot

Time, GPU-hours and energy need a block servers in the experiment that says what stands behind each endpoint; money needs models.prices.`;

async function plan(file: string | undefined, flags: PlanFlags): Promise<void> {
  const raw = file === undefined ? {} : await readExperiment(file);
  const experiment = parseExperiment(withFlags(raw, flags), file ?? 'the command line');
  if (flags.gap === 0) throw new AttuneError('invalid_argument', '--gap should be more than 0, for example 0.03 for three percentage points.');
  const profiles = (await readUsers(experiment)).length;
  const log = createPlainLog({ debug: flags.debug ?? false });
  await untilInterrupted(async (signal) => {
    const played = flags.from === undefined ? await playTrial(experiment, { log, signal }) : await playedIn(findRun(flags.from));
    const shape = {
      ...(flags.from === undefined ? ASSUMED_SHAPE : played.shape()),
      ...(flags.turns !== undefined && { turns: flags.turns }),
      ...(flags.userTokens !== undefined && { user: flags.userTokens }),
      ...(flags.replyTokens !== undefined && { agent: flags.replyTokens }),
      sessions: experiment.sessions,
      mostMemory: experiment.agent.contextLength - experiment.agent.maxTokens,
      mostReranked: experiment.preferences.topK * TOKENS_PER_CANDIDATE,
    };
    const forecast = forecastRun(experiment, { profiles, played: played.byMethod(), shape });
    const basis = flags.from === undefined ? 'trial' : `the run ${flags.from}`;
    const outcomes = flags.from === undefined ? null : await successOutcomes(findRun(flags.from));
    const power = foreseePower({ methods: experiment.methods.length, profiles, sessions: experiment.sessions }, { outcomes, sd: flags.sd, gap: flags.gap });
    if (flags.json) process.stdout.write(`${JSON.stringify({ forecast: jsonOf(forecast), power, basis })}\n`);
    else process.stdout.write(`${forecastText(experiment, forecast, { basis, byMethod: flags.byMethod ?? false })}${powerText(power)}\n`);
  });
}

/** Of a card with the question and the reranker's template (spec: operations.md 6.5). */
const TOKENS_PER_CANDIDATE = 210;

async function playedIn(dir: string): Promise<ReturnType<typeof createPlayedSessions>> {
  await openRunFolder(dir);
  const played = createPlayedSessions();
  for await (const record of readSessions(dir)) played.addSession(record);
  for await (const verdict of readVerdicts(dir)) played.addVerdict(verdict);
  return played;
}

function jsonOf(forecast: Forecast): unknown {
  return { ...forecast, rows: forecast.rows.map(({ load: _load, ...row }) => row) };
}

interface PlanFlags extends ExperimentFlags {
  from?: string;
  turns?: number;
  userTokens?: number;
  replyTokens?: number;
  gap?: number;
  sd?: number;
  byMethod?: boolean;
  json?: boolean;
  debug?: boolean;
}
