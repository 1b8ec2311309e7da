import { Command } from 'commander';
import { AttuneError } from '../../platform/errors.ts';
import { environment } from '../config.ts';
import { wholeNumber } from '../whole-number.ts';

type Main = (env: Readonly<Record<string, string | undefined>>) => Promise<void>;

/** Services that can run alone; each is loaded only when it is asked for. */
const SERVICES: Record<string, () => Promise<{ main: Main }>> = {
  simulator: () => import('../../simulator/main.ts'),
  agent: () => import('../../agent/main.ts'),
  'preference-store': () => import('../../preference-store/main.ts'),
  judge: () => import('../../judge/main.ts'),
  'model-sim': () => import('../../model-sim/main.ts'),
};

/** `attune serve`: one service in this process until a signal stops it. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run one service until it is stopped. Settings come from the environment; options go before them.')
    .argument('<service>', Object.keys(SERVICES).join(', '))
    .option('--port <n>', 'the port to listen on; 0 lets the system choose (ATTUNE_PORT)', wholeNumber)
    .option('--host <address>', 'the address to listen on (ATTUNE_HOST, 127.0.0.1)')
    .option('--models <url>', 'the OpenAI-compatible endpoint with its /v1 (ATTUNE_MODEL_URL)')
    .option('--model <name>', 'the model (ATTUNE_MODEL)')
    .option('--methods <names>', 'agent: methods to host, with commas between them (ATTUNE_METHODS)')
    .option('--preference-store <address>', 'agent: where the preference store listens (ATTUNE_PREFERENCE_STORE)')
    .option('--state <folder>', 'agent, preference-store: the folder that holds their memory (ATTUNE_STATE_DIR)')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(serve);
}

const EXAMPLES = `
Examples:
  attune serve model-sim --port 8000
  attune serve judge --models http://localhost:8000/v1 --model sim-large
  ATTUNE_MODEL_URL=http://localhost:8000/v1 ATTUNE_MODEL=sim-large attune serve agent --methods vanilla,reflection`;

async function serve(service: string, flags: Record<string, string | number | undefined>): Promise<void> {
  const load = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  if (!load) throw new AttuneError('invalid_argument', `Unknown service "${service}"; the services are ${Object.keys(SERVICES).join(', ')}.`);
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
  await main({ ...environment(), ...settings });
}
