import { join, resolve } from 'node:path';
import { catalogueHash } from '../catalogue/index.ts';
import { parseExperiment, planRun, readInputs, refuseOtherDesign } from '../orchestrator/service.ts';
import type { Experiment, Limits, Trajectory } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { ModelObserver } from '../platform/models/index.ts';
import { createRunFolder, openRunFolder } from '../report/service.ts';
import type { Manifest, RunInputs } from '../report/service.ts';
import { manifestOf } from './manifest.ts';
import { openModels } from './models.ts';
import type { Models } from './models.ts';
import { createNetwork } from './network.ts';
import { certificateOf } from './simulated-user.ts';

/**
 * Finds out everything that can be found wrong with a run beforehand, then makes its folder, or opens the one it has. The caller closes `models`. Throws
 * AttuneError, and leaves nothing behind then.
 */
export async function prepareRun(start: RunStart, deps: PrepareDeps): Promise<PreparedRun> {
  const resumed = 'resume' in start ? await openRunFolder(start.resume) : null;
  const experiment = resumed ? experimentOf(resumed.manifest, start as ResumedRun) : (start as NewRun).experiment;
  if (resumed) refuseOtherProbes(resumed.manifest, experiment);
  const { log, signal, secrets, observer, mayAsk, simUrl } = deps;
  const inputs: RunInputs = resumed ? resumed.inputs : await readInputs(experiment, { log, signal });
  const models = await openModels(experiment, { knowledge: inputs.problems, secrets, log, observer, mayAsk, ...(deps.host !== undefined && { simHost: deps.host }), ...(simUrl !== undefined && { simUrl }) });
  try {
    await models.preflight(signal);
    const { dir, manifest } = await prepareFolder(start, inputs, async (now) => {
      // Methods introduce themselves before the folder is made, so that an unknown one leaves nothing behind.
      const draft = await createNetwork(experiment, { models, secrets, stateDir: null, wire: null, log });
      try {
        return manifestOf(experiment, inputs, { models, network: draft, certificate: await certificateOf(experiment), now });
      } finally {
        await draft.close();
      }
    });
    return { experiment, inputs, models, dir, manifest };
  } catch (error) {
    await models.close();
    throw error;
  }
}

/** What a run may spend now: its experiment's limits, in place of which others may have been given. */
export function limitsOf(start: RunStart, { limits }: Experiment): Limits {
  return { ...limits, ...('resume' in start && start.limits) };
}

/** The experiment that a run began with, at the places that are given, if any. */
function experimentOf(manifest: Manifest, { resume, experiment }: ResumedRun): Experiment {
  const recorded = parseExperiment(manifest.experiment, `${resume}/manifest.json`);
  if (!experiment) return recorded;
  refuseOtherDesign(recorded, experiment, resume);
  return experiment;
}

/** Lays out every session of a run from what its manifest and inputs say. */
export function trajectoriesOf(experiment: Experiment, manifest: Manifest, inputs: RunInputs): Trajectory[] {
  return planRun({
    seed: experiment.seed,
    methods: manifest.methods.map((m) => m.name),
    profiles: inputs.profiles,
    problems: inputs.problems,
    sessions: experiment.sessions,
    probeRate: experiment.probes.rate,
  });
}

/** Probes are planned anew from the catalogue, so what is left of a run must meet the templates that it began with. */
export function refuseOtherProbes(manifest: Manifest, { probes }: Experiment): void {
  if (probes.rate === 0 || manifest.catalogueHash === catalogueHash()) return;
  throw new AttuneError('failed_precondition', `The run ${manifest.runId} began with another catalogue (${manifest.catalogueHash.slice(0, 12)}), so its remaining probes would differ; go on with the Attune that began it (commit ${manifest.codeVersion}).`);
}

async function prepareFolder(
  start: RunStart,
  inputs: RunInputs,
  makeManifest: (now: Date) => Promise<Manifest>,
): Promise<{ dir: string; manifest: Manifest }> {
  if ('resume' in start) return { dir: resolve(start.resume), manifest: (await openRunFolder(start.resume)).manifest };
  const manifest = await makeManifest(new Date());
  const dir = resolve(start.out ?? join('runs', manifest.runId));
  await createRunFolder(dir, manifest, inputs);
  return { dir, manifest };
}

interface NewRun {
  experiment: Experiment;
  /** The run's folder; `runs/<run id>` unless told. */
  out?: string;
}

interface ResumedRun {
  /** The run's folder. */
  resume: string;
  /** The same experiment with the places where services and models are now; without it the manifest's. */
  experiment?: Experiment;
  /** What the run may spend now, in place of the experiment's limits of the same names. */
  limits?: Limits;
}

export type RunStart = NewRun | ResumedRun;

interface PrepareDeps {
  /** API keys by the name of their environment variable. */
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
  signal: AbortSignal;
  /** Told of every model call; for metrics. */
  observer?: ModelObserver | undefined;
  /** Asked before each model call; what it throws ends the call. */
  mayAsk?: (() => void) | undefined;
  /** Where the simulated model server listens; this machine only unless told. */
  host?: string | undefined;
  /** A simulated model server that is there already, in place of one of the run's own. */
  simUrl?: string | undefined;
}

export interface PreparedRun {
  experiment: Experiment;
  inputs: RunInputs;
  models: Models;
  /** The run's folder. */
  dir: string;
  manifest: Manifest;
}
