import { Command } from 'commander';
import { createNetwork, openModels } from '../../all-in-one/service.ts';
import { parseExperiment, readExperiment, readInputs } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { createLogger } from '../../platform/log.ts';
import { runUntilSignal } from '../../platform/run-until-signal.ts';
import { BUS_OPTION } from '../bus.ts';
import { environment } from '../config.ts';
import { withFlags } from '../experiment-flags.ts';
import type { ExperimentFlags } from '../experiment-flags.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune up`: every service over gRPC in one process, for clients in other languages and for trying things out. */
export function upCommand(): Command {
  return new Command('up')
    .description('Serve all services over gRPC on this machine and stay until stopped.')
    .argument('[experiment]', 'a YAML file with the methods and models; without it all built-in methods on simulated models')
    .option('--methods <names>', 'methods to host, with commas between them')
    .option('--models <url>', 'an OpenAI-compatible endpoint, or "sim"')
    .option('--model <name>', 'the model that plays user, agent and judge')
    .option('--port <n>', 'the first of five ports in a row: simulator, agent, preference-store, judge, simulated models', wholeNumber, 50_051)
    .option('--state <folder>', 'where memory is kept; without it memory ends with the process')
    .option('--processes', 'one process a service, as deploy/compose.yaml has one container a service, with work handed out over NATS; all on free ports of this machine')
    .option('--run', 'with --processes: run the experiment on them, and end when it has ended')
    .option('--out <folder>', "with --run: the run's folder; a run that is in it is gone on with")
    .option('--json', 'with --run: print one JSON object at the end of the run')
    .option(...BUS_OPTION)
    .option('--judges <n>', 'with --processes: how many judges', wholeNumber, 1)
    .option('--runners <n>', 'with --processes: how many runners', wholeNumber, 1)
    .option('--debug', 'print every log line')
    .addHelpText('after', EXAMPLES)
    .action(up);
}

const EXAMPLES = `
Examples:
  attune up --port 50051 --state ./state
  attune up --processes experiment.yaml --judges 4 --state ./state
  attune up --processes experiment.yaml --run --out runs/apart

With --processes, nats-server must be on the PATH, or --bus name a server. A process that ends by itself is told of with the last lines of its log and
started again at the same address, after 0.5 to 10 seconds; at the sixth time within two minutes everything stops, with exit code 1. No process
outlives this one, however it ends.`;

async function up(file: string | undefined, flags: UpFlags): Promise<void> {
  const raw = file === undefined ? {} : await readExperiment(file);
  const experiment = parseExperiment(withFlags(raw, flags), file ?? 'the command line');
  if (flags.processes) {
    const { upProcesses } = await import('../processes/up.ts');
    const { state, bus, judges, runners, run = false, out, json = false, debug = false } = flags;
    if (judges < 1 || runners < 1) throw new AttuneError('invalid_argument', 'A run needs a judge and a runner; give --judges and --runners 1 or more.');
    await upProcesses(experiment, { state, bus: bus ?? (environment()['ATTUNE_BUS'] || undefined), judges, runners, run, out, json, debug });
    return;
  }
  if (flags.run) throw new AttuneError('invalid_argument', '--run belongs to --processes; in one process it is attune run.');
  const { problems } = await readInputs(experiment);
  const log = createLogger({ name: 'attune', level: flags.debug ? 'debug' : 'warn' });
  const portOf = (index: number) => ({ port: flags.port === 0 ? 0 : flags.port + index });
  await runUntilSignal(log, async ({ onStop, signal }) => {
    const models = await openModels(experiment, { knowledge: problems, secrets: environment(), log, simPort: portOf(4).port });
    onStop(() => models.close());
    await models.preflight(signal);
    const wire = { simulator: portOf(0), agent: portOf(1), 'preference-store': portOf(2), judge: portOf(3) };
    const network = await createNetwork(experiment, { models, secrets: environment(), stateDir: flags.state ?? null, wire, log });
    onStop(() => network.close());
    for (const [name, address] of Object.entries(network.addresses)) process.stdout.write(`${name.padEnd(18)} ${address}\n`);
    if (models.simUrl !== null) process.stdout.write(`${'simulated models'.padEnd(18)} ${models.simUrl}\n`);
    process.stdout.write(`Hosting ${network.methods.map((m) => m.name).join(', ')}; Ctrl-C stops.\n`);
  });
}

interface UpFlags extends ExperimentFlags {
  port: number;
  state?: string;
  processes?: boolean;
  run?: boolean;
  out?: string;
  json?: boolean;
  bus?: string;
  judges: number;
  runners: number;
  debug?: boolean;
}
