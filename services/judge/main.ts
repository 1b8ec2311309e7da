import { createLogger } from '../platform/log.ts';
import { bindService } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { openServiceProcess } from '../platform/service-process.ts';
import { readJudgeConfig } from './config.ts';
import type { JudgeConfig } from './config.ts';
import { openPanel } from './open-panel.ts';
import { createJudge, JudgeDefinition } from './service.ts';

/** Runs a judge of its own until a signal stops it; `settings` are an experiment's and go before the environment's. */
export async function main(env: Readonly<Record<string, string | undefined>>, settings: Partial<JudgeConfig> = {}): Promise<void> {
  const config = { ...readJudgeConfig(env), ...settings };
  const log = createLogger({ name: 'judge', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const own = await openServiceProcess('judge', config.listen, { log, onStop });
    const { panel, problem, close } = openPanel(config.panel, log, own.metrics?.models, config.listen.modelCache);
    onStop(close);
    const server = await own.serve([bindService(JudgeDefinition, createJudge(config, { panel }))], { models: problem });
    log.info({ address: server.address }, 'Serving.');
  });
}
