/** Everything in one process: the models, the services and a run from start to report. */
export { baseUrlOf, openModels } from './models.ts';
export { credentialsFor } from './credentials.ts';
export { createNetwork, judgeConfigOf } from './network.ts';
export { judgeInputsOf } from './run-inputs.ts';
export { playTrial } from './play-trial.ts';
export { runExperiment } from './run-experiment.ts';
export type { RunStart } from './prepare-run.ts';
export type { RunResult, StartedRun } from './run-experiment.ts';
export { coordinateRun } from './bus/coordinate-run.ts';
export { serveJudge, serveRecorder, serveRunner } from './bus/serve-role.ts';
export { experimentAt, layOut } from './processes/layout.ts';
export type { Places, PlannedProcess } from './processes/layout.ts';
export { itemSpaceFor } from './processes/item-space.ts';
export { serviceSettings } from './processes/settings.ts';
export { forgetUser } from './forget/forget-user.ts';
export type { ForgetReceipt } from './forget/forget-user.ts';
