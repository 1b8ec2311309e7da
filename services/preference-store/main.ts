import { createLogger } from '../platform/log.ts';
import { openRoles } from '../platform/models/open-roles.ts';
import { bindService } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { openServiceProcess } from '../platform/service-process.ts';
import { readPreferenceStoreConfig } from './config.ts';
import type { PreferenceStoreConfig } from './config.ts';
import { createPreferenceStore, openMemory, PreferenceStoreDefinition } from './service.ts';

/** Runs a preference store of its own until a signal stops it; `settings` are an experiment's and go before the environment's. */
export async function main(env: Readonly<Record<string, string | undefined>>, settings: Partial<PreferenceStoreConfig> = {}): Promise<void> {
  const config = { ...readPreferenceStoreConfig(env), ...settings };
  const log = createLogger({ name: 'preference-store', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const { extractor, embedding, reranker, reward: judge } = config;
    const own = await openServiceProcess('preference-store', config.listen, { log, onStop });
    const models = openRoles({ extractor, embedding, reranker, reward: judge }, log, own.metrics?.models, config.listen.modelCache);
    onStop(() => models.close());
    const memory = await openMemory({ ...config, folder: config.stateDir });
    onStop(() => memory.store.close());
    const service = createPreferenceStore(config, { ...models.clients, ...memory });
    const server = await own.serve([bindService(PreferenceStoreDefinition, service)], { models: models.problem });
    log.info({ address: server.address, store: memory.store.kind, vectors: memory.itemSpace !== null }, 'Serving.');
  });
}
