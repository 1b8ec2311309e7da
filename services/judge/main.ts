import { createLogger } from '../platform/log.ts';
import { openRoles } from '../platform/models/open-roles.ts';
import { bindService, serve } from '../platform/rpc.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { readJudgeConfig } from './config.ts';
import { createJudge, JudgeDefinition } from './service.ts';

/** Runs a judge of its own until a signal stops it. */
export async function main(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readJudgeConfig(env);
  const log = createLogger({ name: 'judge', level: config.listen.logLevel });
  await runUntilSignal(log, async ({ onStop }) => {
    const models = openRoles({ judge: config.model }, log);
    onStop(() => models.close());
    const server = await serve([bindService(JudgeDefinition, createJudge(config, { model: models.clients.judge }))], { ...config.listen, log });
    onStop(() => server.stop());
    log.info({ address: server.address }, 'Serving.');
  });
}
