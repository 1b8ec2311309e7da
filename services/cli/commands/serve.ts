import { Command } from 'commander';
import { AttuneError } from '../../platform/errors.ts';
import { BUS_OPTION } from '../bus.ts';
import { environment } from '../config.ts';
import { createPlainLog } from '../plain-log.ts';
import { wholeNumber } from '../whole-number.ts';

type Main = (env: Readonly<Record<string, string | undefined>>, settings?: object) => Promise<void>;

/** Services that can run alone; each is loaded only when it is asked for. */
const SERVICES: Record<string, () => Promise<{ main: Main }>> = {
  simulator: () => import('../../simulator/main.ts'),
  agent: () => import('../../agent/main.ts'),
  'preference-store': () => import('../../preference-store/main.ts'),
  judge: () => import('../../judge/main.ts'),
  'model-sim': () => import('../../model-sim/main.ts'),
};

/** Parts that take work from a bus; a judge does when it is told of one. */
const ROLES = ['runner', 'recorder'] as const;
const NAMES = [...Object.keys(SERVICES), ...ROLES].join(', ');

/** `attune serve`: one service in this process until a signal stops it. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run one service until it is stopped. Settings come from the environment; options go before them.')
    .argument('<service>', NAMES)
    .option('--port <n>', 'the port to listen on; 0 lets the system choose (ATTUNE_PORT)', wholeNumber)
    .option('--host <address>', 'the address to listen on (ATTUNE_HOST, 127.0.0.1)')
    .option('--models <url>', 'the OpenAI-compatible endpoint with its /v1 (ATTUNE_MODEL_URL)')
    .option('--model <name>', 'the model (ATTUNE_MODEL)')
    .option('--methods <names>', 'agent: methods to host, with commas between them (ATTUNE_METHODS)')
    .option('--preference-store <address>', 'agent: where the preference store listens (ATTUNE_PREFERENCE_STORE)')
    .option('--state <folder>', 'agent, preference-store: the folder that holds their memory (ATTUNE_STATE_DIR)')
    .option('--experiment <file>', 'take how the service works, but for where its models are, from this experiment')
    .option(...BUS_OPTION)
    .option('--concurrency <n>', 'runner, judge on a bus: trajectories, or sessions, in work at once (64)', wholeNumber, 64)
    .option('--run <id>', 'runner, judge, recorder: only this run')
    .option('--out <folder>', 'recorder: the folder to write while the coordinator is away')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(serve);
}

const EXAMPLES = `
Examples:
  attune serve model-sim --port 8000
  attune serve judge --models http://localhost:8000/v1 --model sim-large
  attune serve runner --bus nats://localhost:4222
  attune serve judge --bus nats://localhost:4222
  ATTUNE_MODEL_URL=http://localhost:8000/v1 ATTUNE_MODEL=sim-large attune serve agent --methods vanilla,reflection`;

async function serve(service: string, flags: ServeFlags): Promise<void> {
  const onBus = flags['bus'] !== undefined || (environment()['ATTUNE_BUS'] ?? '') !== '';
  if (service === 'runner' || service === 'recorder' || (service === 'judge' && onBus)) {
    const { serveOnBus } = await import('../serve-on-bus.ts');
    const role = serveOnBus(service, flags);
    // A judge that has a model of its own also answers whoever calls it.
    const hasModel = (flags['models'] ?? environment()['ATTUNE_MODEL_URL'] ?? '') !== '';
    await Promise.all(service === 'judge' && hasModel ? [role, serveAlone(service, flags)] : [role]);
    return;
  }
  await serveAlone(service, flags);
}

async function serveAlone(service: string, flags: ServeFlags): Promise<void> {
  const load = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  if (!load) throw new AttuneError('invalid_argument', `Unknown service "${service}"; the services are ${NAMES}.`);
  const { main } = await load();
  const given = {
    ATTUNE_PORT: flags['port'],
    ATTUNE_HOST: flags['host'],
    ATTUNE_MODEL_URL: flags['models'],
    ATTUNE_MODEL: flags['model'],
    ATTUNE_METHODS: flags['methods'],
    ATTUNE_PREFERENCE_STORE: flags['preferenceStore'],
    ATTUNE_STATE_DIR: flags['state'],
  };
  const settings = Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
  await main({ ...environment(), ...settings }, flags['experiment'] === undefined ? {} : await settingsOf(service, String(flags['experiment'])));
}

async function settingsOf(service: string, file: string): Promise<object> {
  const [{ serviceSettings }, { parseExperiment, readExperiment }] = await Promise.all([import('../../all-in-one/service.ts'), import('../../orchestrator/service.ts')]);
  return serviceSettings(service, parseExperiment(await readExperiment(file), file), { log: createPlainLog({ debug: false }) });
}

type ServeFlags = Record<string, string | number | undefined>;
