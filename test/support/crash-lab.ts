import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attune, sortedLines, temporaryFolder } from './attune.ts';
import { startCountedModels, type CountedModels } from './counted-models.ts';
import { exportedMemories } from './exported-memories.ts';
import { openFleet, type Member } from './fleet.ts';
import { modelEnv } from './model-env.ts';
import { startNatsServer, type NatsServer } from './nats-server.ts';
import { metricsOf } from './simulated-run.ts';
import { startService, type ServiceProcess } from './service-process.ts';

const METHODS = ['vanilla', 'reflection', 'rag', 'rag_vector'];
const SESSIONS = 3;
/** Short, so that work is handed over while a test waits; long enough for a busy machine. */
export const LEASE = ['--lease-ms', '6000'];

/** Everything of a run in processes of its own, so that each can be killed: agent, preference store, simulator, two runners, a judge and the NATS server. They serve one run after the other. */
export async function openCrashLab(): Promise<CrashLab> {
  const parts: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(part: T): T => {
    parts.push(part);
    return part;
  };
  const close = async (): Promise<void> => {
    // Whatever goes wrong with one of them, no process stays behind.
    const problems: unknown[] = [];
    for (const part of parts.splice(0).reverse()) await Promise.resolve(part[Symbol.asyncDispose]()).catch((thrown: unknown) => problems.push(thrown));
    if (problems.length > 0) throw problems[0];
  };
  const folder = use(await temporaryFolder());
  try {
    const space = join(folder.path, 'space.json');
    const fitted = await attune(['preferences', 'fit-space', '--k', '32', '--out', space]);
    if (fitted.code !== 0) throw new Error(fitted.stderr);
    const models = use(await startCountedModels({ ttftMs: 150, seed: 7 }));
    const nats = use(await startNatsServer());
    const cache = join(folder.path, 'cache');
    const env = {
      ...modelEnv(models.url),
      ATTUNE_ITEM_SPACE: space,
      ATTUNE_MODEL_CACHE: cache,
    };
    const serve = async (...args: string[]) => {
      const service = await startService(args, env);
      use({ [Symbol.asyncDispose]: async () => void (await service.stop()) });
      return service;
    };
    const [store, simulator] = await Promise.all([serve('preference-store', '--state', join(folder.path, 'cards')), serve('simulator')]);
    const agent = await serve('agent', '--methods', METHODS.join(','), '--preference-store', store.address, '--state', join(folder.path, 'states'));
    const fleet = use(openFleet(nats));
    const startRunner = () => fleet.start('runner', '--concurrency', '6');
    const startJudge = () => fleet.start('judge', '--concurrency', '6');
    const members = { runner: await Promise.all([startRunner(), startRunner()]), judge: [await startJudge()] };

    const experiment = join(folder.path, 'experiment.yaml');
    const methods = METHODS.map((name) => ({ name, target: agent.address }));
    const design = { name: 'crashed', seed: 7, methods, profiles: { limit: 1 }, sessions: SESSIONS, maxTurns: 4, services: { simulator: simulator.address }, models: { url: models.url, model: 'sim-large', cache: 'read-write', cacheDir: cache } };
    writeFileSync(experiment, JSON.stringify(design));
    return {
      folder: folder.path,
      experiment,
      planned: METHODS.length * SESSIONS,
      models,
      nats,
      agent,
      store,
      members,
      startRunner,
      startJudge,
      clearCache: () => rm(cache, { recursive: true, force: true }),
      outcome: async (run) => ({
        sessions: sortedLines(run, 'sessions.ndjson'),
        verdicts: sortedLines(run, 'verdicts.ndjson'),
        memory: await exportedMemories(run, agent.address, METHODS, SESSIONS),
        metrics: metricsOf(run),
      }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface CrashLab extends AsyncDisposable {
  readonly folder: string;
  /** The file of the experiment. */
  readonly experiment: string;
  /** Sessions of a run. */
  readonly planned: number;
  readonly models: CountedModels;
  readonly nats: NatsServer;
  readonly agent: ServiceProcess;
  readonly store: ServiceProcess;
  readonly members: { runner: Member[]; judge: Member[] };
  startRunner(): Promise<Member>;
  startJudge(): Promise<Member>;
  /** Has every model call really made again. */
  clearCache(): Promise<void>;
  /** What two equal runs have in common. */
  outcome(run: string): Promise<{ sessions: string[]; verdicts: string[]; memory: Record<string, string>; metrics: string[] }>;
}
