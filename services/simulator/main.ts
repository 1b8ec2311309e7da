import { createLogger } from '../platform/log.ts';
import { openRoles } from '../platform/models/open-roles.ts';
import { bindService } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { openServiceProcess } from '../platform/service-process.ts';
import { readSimulatorConfig } from './config.ts';
import type { SimulatorConfig } from './config.ts';
import { createSimulator, UserSimulatorDefinition } from './service.ts';

/** Runs a user simulator of its own until a signal stops it; `settings` are an experiment's and go before the environment's. */
export async function main(env: Readonly<Record<string, string | undefined>>, settings: Partial<SimulatorConfig> = {}): Promise<void> {
  const config = { ...readSimulatorConfig(env), ...settings };
  const log = createLogger({ name: 'simulator', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const own = await openServiceProcess('simulator', config.listen, { log, onStop });
    const models = openRoles({ simulator: config.model, simulator_fields: config.fieldsModel }, log, own.metrics?.models, config.listen.modelCache);
    onStop(() => models.close());
    const simulator = createSimulator(config, { model: models.clients.simulator, fieldsModel: models.clients.simulator_fields });
    const server = await own.serve([bindService(UserSimulatorDefinition, simulator)], { models: models.problem });
    log.info({ address: server.address, style: config.style }, 'Serving.');
  });
}
