import { setTimeout as sleep } from 'node:timers/promises';
import { parseExperiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { ModelObserver } from '../../platform/models/index.ts';
import { openRunRegistry } from '../../platform/nats.ts';
import type { Nats, RunState } from '../../platform/nats.ts';
import { createRunFolder, openRunFolder } from '../../report/service.ts';
import { refuseOtherProbes, trajectoriesOf } from '../prepare-run.ts';
import { keepRecording } from './keep-recording.ts';
import { openJudge } from './open-judge.ts';
import { reachServices } from './reach-services.ts';
import { readSpec } from './run-spec.ts';
import { watchRun } from './watch-run.ts';
import { startJudgingSessions, startRunning } from './work-on-run.ts';
import type { SharedRun } from './work-on-run.ts';

/** Plays trajectories of every run on the server, or of one, until stopped. */
export function serveRunner(nats: Nats, options: RoleOptions & { concurrency: number; secrets: Secrets }): Promise<Role> {
  return attendRuns(nats, options, async (run) => {
    const services = reachServices(run.spec, run.experiment, options.secrets);
    const working = await startRunning(nats, run, services.clientsOf, () => options.concurrency);
    return async () => {
      await working.stop();
      await services.close();
    };
  });
}

/** Judges recorded sessions of every run on the server, or of one, until stopped. */
export function serveJudge(nats: Nats, options: RoleOptions & { concurrency: number; secrets: Secrets; modelUrl?: string | undefined; observer?: ModelObserver | undefined }): Promise<Role> {
  return attendRuns(nats, options, async (run) => {
    const { judge, close } = await openJudge(run.spec, run.experiment, run.inputs, options);
    const working = await startJudgingSessions(nats, run, judge, options.concurrency);
    return async () => {
      await working.stop();
      await close();
    };
  });
}

/**
 * Stands by to record one run: writes `dir` while the run's coordinator is away, and lets go when it is back. A folder that holds nothing yet is made, and gets every
 * fact that the server still has.
 */
export function serveRecorder(nats: Nats, options: RoleOptions & { runId: string; dir: string }): Promise<Role> {
  return attendRuns(nats, options, async ({ spec, experiment, inputs, watch }) => {
    const { manifest, leaseMs } = spec;
    const trajectories = trajectoriesOf(experiment, manifest, inputs);
    const places = new Map(trajectories.map((t, index) => [`${t.method}/${t.profile.userId}`, index]));
    const recording = keepRecording(nats, {
      runId: manifest.runId,
      dir: options.dir,
      leaseMs,
      log: options.log,
      trajectoryOf: (record) => places.get(`${record.method}/${record.userId}`) ?? trajectories.length,
      mayRecord: () => !watch.isCoordinated(),
      async prepare() {
        const found = await openRunFolder(options.dir).catch((thrown: unknown) => (AttuneError.from(thrown).code === 'not_found' ? null : Promise.reject(thrown as Error)));
        if (!found) await createRunFolder(options.dir, manifest, inputs);
        else if (found.manifest.runId !== manifest.runId) throw new AttuneError('failed_precondition', `${options.dir} should hold the run ${manifest.runId}, found ${found.manifest.runId}; name another folder.`);
      },
    });
    recording.failed.catch((thrown: unknown) => options.log.error({ problem: AttuneError.from(thrown).message }, 'The run can no longer be recorded here.'));
    return () => recording.close();
  });
}

/** Runs on which work goes on, or may. */
const OPEN: ReadonlySet<RunState> = new Set(['running', 'paused']);

/**
 * Starts a part for every open run and stops it when the run is over. A run whose spec has changed, since its coordinator came back at another address, is started
 * anew. What goes wrong with one run is told and does not end the others.
 */
async function attendRuns(nats: Nats, { log, runId, leaseMs }: RoleOptions, start: (run: SharedRun) => Promise<() => Promise<void>>): Promise<Role> {
  const registry = openRunRegistry(nats);
  const attended = new Map<string, Attended>();
  const refused = new Map<string, string>();
  const closing = new AbortController();

  const attend = async (id: string): Promise<Attended | null> => {
    const found = await readSpec(nats, id);
    if (!found) return null;
    const { spec, inputs, text } = found;
    const experiment = parseExperiment(spec.manifest.experiment, `the run ${id}`);
    refuseOtherProbes(spec.manifest, experiment);
    const watch = await watchRun(nats, id, { leaseMs: spec.leaseMs });
    try {
      const stop = await start({ spec, experiment, inputs, watch });
      log.info({ runId: id }, 'Working on the run.');
      return { text, watch, specRevision: watch.specRevision(), stop };
    } catch (thrown) {
      await watch.close();
      throw thrown;
    }
  };
  const leave = async (id: string) => {
    const part = attended.get(id);
    if (!part) return;
    attended.delete(id);
    await part.stop();
    await part.watch.close();
    log.info({ runId: id }, 'No more work on the run.');
  };
  const look = async () => {
    const statuses = (await registry.list()).filter((status) => runId === undefined || status.runId === runId);
    const open = new Set(statuses.filter(({ state }) => OPEN.has(state)).map((status) => status.runId));
    for (const [id, { watch, text, specRevision }] of attended) {
      const changed = watch.specRevision() !== specRevision && (await registry.document(id, 'spec'))?.text !== text;
      if (!open.has(id) || watch.stopping.aborted || changed) await leave(id);
    }
    for (const id of open) {
      if (attended.has(id)) continue;
      const control = await registry.control(id);
      if (control.wanted === 'stop' || control.wanted === 'cancel') continue;
      try {
        const part = await attend(id);
        if (part) attended.set(id, part);
      } catch (thrown) {
        const { message } = AttuneError.from(thrown);
        if (refused.get(id) !== message) log.error({ runId: id, problem: message }, 'The run cannot be worked on here.');
        refused.set(id, message);
      }
    }
  };
  await look();
  const loop = (async () => {
    while (!closing.signal.aborted) {
      await sleep(Math.min(LOOK_MS, leaseMs ?? LOOK_MS), undefined, { signal: closing.signal }).catch(() => undefined);
      if (!closing.signal.aborted) await look().catch((thrown: unknown) => log.warn({ err: thrown }, 'The runs on the NATS server could not be read; trying again.'));
    }
  })();
  return {
    async stop() {
      closing.abort();
      await loop;
      await Promise.all([...attended.keys()].map(leave));
    },
  };
}

const LOOK_MS = 500;

type Secrets = Readonly<Record<string, string | undefined>>;

interface Attended {
  text: string;
  watch: Awaited<ReturnType<typeof watchRun>>;
  specRevision: number;
  stop: () => Promise<void>;
}

export interface RoleOptions {
  log: Logger;
  /** Only this run. */
  runId?: string | undefined;
  /** Look at the runs at least this often, in milliseconds. */
  leaseMs?: number;
}

export interface Role {
  /** Gives back what is in work and stops. */
  stop(): Promise<void>;
}
