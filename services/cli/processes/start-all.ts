import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { experimentAt, itemSpaceFor, layOut } from '../../all-in-one/service.ts';
import type { Places, PlannedProcess } from '../../all-in-one/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { checkHealth } from '../../platform/rpc.ts';
import { readAccess } from '../../platform/service-env.ts';
import { openBus } from '../bus.ts';
import { TIED } from '../tied.ts';
import { keepProcess } from './keep-process.ts';
import type { KeepDeps, KeptPlan, KeptProcess } from './keep-process.ts';
import { natsServerPlan } from './nats-server.ts';

/**
 * Starts every service of an experiment in a process of its own, stage by stage, each when those that it calls are healthy, with a NATS server of its own unless one is
 * named. Everything listens on this machine's loopback only, at ports that the system chooses. What was started is stopped again when one part cannot be.
 */
export async function startAll(experiment: Experiment, options: StartOptions): Promise<StartedProcesses> {
  const { folder, bus, secrets, log, judges, runners } = options;
  const logs = join(folder, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const stages = await layOut(experiment, { judges, runners, secrets });
  const stagesUp: KeptProcess[][] = [];
  const places: Record<string, string> = {};
  const token = readAccess(secrets).security.tokens?.[0]?.reveal();
  const base = { ...without(secrets, PLACED), ATTUNE_HOST: '127.0.0.1', ATTUNE_LOG_LEVEL: levelOf(secrets['ATTUNE_LOG_LEVEL']), ...(token !== undefined && { ATTUNE_TOKEN: token }) };
  const settingsFile = join(folder, 'settings.json');
  await writeFile(settingsFile, JSON.stringify(experiment), { mode: 0o600 });

  const planOf = (planned: PlannedProcess): KeptPlan => ({
    name: planned.name,
    log: join(logs, `${planned.name}.log`),
    env: {
      ...base,
      ...planned.settings(places),
      ATTUNE_METRICS_PORT: '0',
      ...(planned.keepsState && { ATTUNE_STATE_DIR: join(folder, planned.name) }),
      ...(planned.onBus && { ATTUNE_BUS: places['bus'] }),
    },
    command: (address) => [...ATTUNE, TIED, 'serve', planned.service, ...(planned.onBus ? [] : ['--experiment', settingsFile, '--port', address?.split(':').at(-1) ?? '0'])],
    addressIn: (written) => addressIn(written, planned),
    isReady: (address) => isReady(address, planned),
  });
  const stop = async (graceMs = GRACE_MS) => {
    const killed: string[] = [];
    for (const stage of stagesUp.splice(0).reverse()) {
      await Promise.all(stage.map(async (one) => ((await one.stop(graceMs)) ? undefined : killed.push(one.name))));
    }
    return killed;
  };
  const startStage = async (plans: readonly KeptPlan[]) => {
    const stage: KeptProcess[] = [];
    stagesUp.push(stage);
    const outcomes = await Promise.allSettled(plans.map(async (plan) => stage.push(await keepProcess(plan, options))));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    for (const { name, address } of stage) if (address !== '') places[name] = address;
    stage.sort((a, b) => plans.findIndex(({ name }) => name === a.name) - plans.findIndex(({ name }) => name === b.name));
  };

  try {
    if (bus === undefined) {
      await startStage([await natsServerPlan({ folder: join(folder, 'nats'), log: join(logs, 'nats.log'), env: without(secrets, PLACED) })]);
      places['bus'] = `nats://${places['nats']}`;
    } else {
      places['bus'] = bus;
    }
    // One connection makes the streams, so that those that come after find them.
    await (await openBus(places['bus'], { log, name: 'up' })).close();
    for (const stage of stages) {
      await startStage(stage.map(planOf));
      if (stage.some(({ service }) => service === 'model-sim')) places['model-sim'] = `http://${places['model-sim']}/v1`;
      if (stage === stages[0]) {
        const itemSpace = await itemSpaceFor(experiment, { stateDir: folder, simUrl: places['model-sim'], secrets, log });
        if (itemSpace !== null) places['itemSpace'] = itemSpace;
      }
    }
    const placed = join(folder, 'experiment.json');
    await writeFile(placed, JSON.stringify(experimentAt(experiment, places, token === undefined ? undefined : 'ATTUNE_TOKEN'), null, 1), { mode: 0o600 });
    const runArgs = [placed, '--bus', places['bus'], '--no-workers', ...(places['model-sim'] === undefined ? [] : ['--sim-url', places['model-sim']])];
    return { processes: stagesUp.flat(), places, runArgs, runEnv: base, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function addressIn(written: string, { onBus }: PlannedProcess): string | null {
  if (onBus) return written.includes('"Serving."') ? '' : null;
  return /"(?:address|url)":"(?:http:\/\/)?([^"/]+)(?:\/v1)?"/.exec(written)?.[1] ?? null;
}

async function isReady(address: string, { service, onBus }: PlannedProcess): Promise<boolean> {
  if (onBus) return true;
  if (service === 'model-sim') return (await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(HEALTH_MS) }).catch(() => null))?.ok ?? false;
  return (await checkHealth(address, { deadlineMs: HEALTH_MS }).catch((thrown: unknown) => (AttuneError.from(thrown).code === 'unavailable' ? null : Promise.reject(thrown as Error)))) === 'serving';
}

function levelOf(wanted: string | undefined): string {
  // Lower levels would not tell where a service listens.
  return wanted === 'debug' || wanted === 'trace' ? wanted : 'info';
}

function without(env: Readonly<Record<string, string | undefined>>, names: RegExp): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)));
}

/** What is decided here, so that a shell's own settings for a single service do not reach all of them. Loopback needs no TLS. */
const PLACED = /^ATTUNE_(HOST|PORT|METRICS_PORT|METHODS|PREFERENCE_STORE|STATE_DIR|MODEL|MODEL_URL|BUS|SEED|ITEM_SPACE|EXTRACTOR|TOKEN|TOKEN_FILE|TLS_.*|EMBEDDING_.*|RERANK_.*|FIELDS_.*|NOTE_WRITER_.*|QDRANT_.*|JUDGE_.*|SIMULATOR_.*|SIM_MODELS|SIM_KNOWLEDGE|SIM_TTFT_MS|SIM_PER_TOKEN_MS)$/;

export const ATTUNE = [process.execPath, '--max-semi-space-size=64', fileURLToPath(new URL('../attune.mjs', import.meta.url))];
/** What a service may take to finish its calls. */
const GRACE_MS = 60_000;
const HEALTH_MS = 2_000;

interface StartOptions extends KeepDeps {
  /** Where state, logs and settings lie. */
  folder: string;
  /** A NATS server that runs already. */
  bus: string | undefined;
  judges: number;
  runners: number;
  /** The environment, with keys of servers. */
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
}

export interface StartedProcesses {
  /** In the order of their start. */
  processes: readonly KeptProcess[];
  places: Places;
  /** What `attune run` is called with to use them. */
  runArgs: string[];
  runEnv: NodeJS.ProcessEnv;
  /** Stops all, last started first; gives the names of those that had to be killed. */
  stop(graceMs?: number): Promise<string[]>;
}
