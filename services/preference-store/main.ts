import { createLogger } from '../platform/log.ts';
import { openRoles } from '../platform/models/open-roles.ts';
import { bindService, serve } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { readPreferenceStoreConfig } from './config.ts';
import { createPreferenceStore, openWriteLog, PreferenceStoreDefinition } from './service.ts';

/** Runs a preference store of its own until a signal stops it. */
export async function main(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readPreferenceStoreConfig(env);
  const log = createLogger({ name: 'preference-store', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const { extractor, embedding, reranker } = config;
    const models = openRoles({ extractor, embedding, reranker }, log);
    onStop(() => models.close());
    const writes = openWriteLog(config.stateDir);
    onStop(() => writes.close());
    const store = createPreferenceStore(config, { ...models.clients, writes });
    const server = await serve([bindService(PreferenceStoreDefinition, store)], { ...config.listen, log });
    onStop(() => server.stop());
    log.info({ address: server.address }, 'Serving.');
  });
}
