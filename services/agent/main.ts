import { createLogger } from '../platform/log.ts';
import { bindService, serve } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { readAgentConfig } from './config.ts';
import { openHost } from './open-host.ts';
import { createAgent, MethodAgentDefinition } from './service.ts';

/** Runs an agent with one method or several in a process of its own until a signal stops it. */
export async function main(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readAgentConfig(env);
  const log = createLogger({ name: 'agent', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const host = await openHost(config, { log, onStop });
    const server = await serve([bindService(MethodAgentDefinition, createAgent(config, host))], { ...config.listen, log });
    onStop(() => server.stop());
    log.info({ address: server.address, methods: config.methods }, 'Serving.');
  });
}
