import { createLogger } from '../platform/log.ts';
import { bindService } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { openServiceProcess } from '../platform/service-process.ts';
import { readAgentConfig } from './config.ts';
import type { AgentConfig } from './config.ts';
import { openHost } from './open-host.ts';
import { createAgent, MethodAgentDefinition } from './service.ts';

/** Runs an agent with one method or several in a process of its own until a signal stops it; `settings` are an experiment's and go before the environment's. */
export async function main(env: Readonly<Record<string, string | undefined>>, settings: Partial<AgentConfig> = {}): Promise<void> {
  const config = { ...readAgentConfig(env), ...settings };
  const log = createLogger({ name: 'agent', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const own = await openServiceProcess('agent', config.listen, { log, onStop });
    const { needs, ...host } = await openHost(config, { log, onStop, observer: own.metrics?.models });
    const server = await own.serve([bindService(MethodAgentDefinition, createAgent(config, host))], needs);
    log.info({ address: server.address, methods: config.methods }, 'Serving.');
  });
}
