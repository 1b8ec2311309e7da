import { createLogger } from '../platform/log.ts';
import { bindService, serve } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { readJudgeConfig } from './config.ts';
import { openPanel } from './open-panel.ts';
import { createJudge, JudgeDefinition } from './service.ts';

/** Runs a judge of its own until a signal stops it. */
export async function main(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readJudgeConfig(env);
  const log = createLogger({ name: 'judge', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const { panel, close } = openPanel(config.panel, log);
    onStop(close);
    const server = await serve([bindService(JudgeDefinition, createJudge(config, { panel }))], { ...config.listen, log });
    onStop(() => server.stop());
    log.info({ address: server.address }, 'Serving.');
  });
}
