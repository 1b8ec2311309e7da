import { problemBank, readProblems } from '../catalogue/index.ts';
import { createLogger } from '../platform/log.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { createModelSim, readModelSimConfig } from './service.ts';
import type { ModelSimConfig } from './service.ts';

/**
 * Runs a simulated model server of its own until a signal stops it; it knows the problems of the bank and of the files it is given. `settings` are an experiment's and
 * go before the environment's.
 */
export async function main(env: Readonly<Record<string, string | undefined>>, settings: Partial<ModelSimConfig> = {}): Promise<void> {
  const config = readModelSimConfig(env);
  const log = createLogger({ name: 'model-sim', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const knowledge = [...problemBank(), ...config.knowledge.flatMap((file) => readProblems(file))];
    const sim = createModelSim({ ...config, knowledge, ...settings, log });
    onStop(() => sim.close());
    const { url } = await sim.listen(config.listen);
    log.info({ url, models: settings.models ?? config.models }, 'Serving simulated models.');
  });
}
