import { resolve } from 'node:path';
import { serveJudge, serveRecorder, serveRunner } from '../all-in-one/service.ts';
import { AttuneError } from '../platform/errors.ts';
import { createLogger, LOG_LEVELS } from '../platform/log.ts';
import type { LogLevel } from '../platform/log.ts';
import { readEnv } from '../platform/config.ts';
import { closeWhenLost, openRunRegistry, queueState } from '../platform/nats.ts';
import type { Nats } from '../platform/nats.ts';
import { runUntilSignal } from '../platform/run-until-signal.ts';
import { openRunFolder } from '../report/service.ts';
import { openBus } from './bus.ts';
import { environment } from './config.ts';
import { openTelemetry } from './telemetry.ts';

/** Takes work of one kind from a bus until a signal stops it. */
export async function serveOnBus(role: 'runner' | 'judge' | 'recorder', flags: Record<string, string | number | undefined>): Promise<void> {
  const env = environment();
  const log = createLogger({ name: role, ...logSettings(env) });
  const text = (name: string) => (flags[name] === undefined ? undefined : String(flags[name]));
  // Before anything else, so that a wrong address is a sentence and an exit code, not a log line.
  const nats = await openBus(text('bus'), { log, name: role });
  const options = { log, runId: text('run') };
  const concurrency = Number(flags['concurrency']);
  await runUntilSignal(log, async ({ onStop, signal }) => {
    onStop(() => nats.close());
    closeWhenLost(nats, signal);
    // Ready is who can ask the bus for work.
    const bus = () => queueState(nats, 'work').then(() => null);
    const telemetry = await openTelemetry(env, role, log, { bus });
    onStop(() => telemetry.close());
    if (role === 'runner') telemetry.watchQueue('work', () => queueState(nats, 'work'));
    if (role === 'judge') telemetry.watchQueue('judging', () => queueState(nats, 'judging'));
    const part =
      role === 'runner'
        ? await serveRunner(nats, { ...options, concurrency, secrets: env })
        : role === 'judge'
          ? await serveJudge(nats, { ...options, concurrency, secrets: env, modelUrl: text('models') ?? env['ATTUNE_MODEL_URL'], observer: telemetry.observer })
          : await serveRecorder(nats, { ...options, ...(await recorded(nats, options.runId, text('out'))) });
    onStop(() => part.stop());
    log.info({ bus: nats.where, role }, 'Serving.');
  });
}

function logSettings(source: Readonly<Record<string, string | undefined>>): { level: LogLevel } {
  return readEnv(source, (env) => ({ level: env.choice('ATTUNE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }) }));
}

/** Which run a stand-by recorder is for: the one named, the folder's, or the only one there is. */
async function recorded(nats: Nats, runId: string | undefined, out: string | undefined): Promise<{ runId: string; dir: string }> {
  if (out === undefined) throw new AttuneError('invalid_argument', 'A stand-by recorder needs the folder that it is to write; name it with --out.');
  const dir = resolve(out);
  if (runId !== undefined) return { runId, dir };
  const folder = await openRunFolder(dir).catch(() => null);
  if (folder) return { runId: folder.manifest.runId, dir };
  const open = (await openRunRegistry(nats).list()).filter(({ state }) => state === 'running' || state === 'paused');
  const [only] = open;
  if (only && open.length === 1) return { runId: only.runId, dir };
  throw new AttuneError('invalid_argument', `Which run is to be recorded? Name one with --run; going on are ${open.map((run) => run.runId).join(', ') || 'none'}.`);
}
