/** Everything in one process: the models, the services and a run from start to report. */
export { openModels } from './models.ts';
export { createNetwork } from './network.ts';
export { packageVersion } from './manifest.ts';
export { runExperiment } from './run-experiment.ts';
export type { RunResult, RunStart, StartedRun } from './run-experiment.ts';
