/** The orchestrator's public names: reading an experiment, laying out its sessions, running and judging them. */
export { eventOf, runBatch } from './batch.ts';
export { isSimulated, parseExperiment, placeOf, readExperiment, ROLES, SIMULATED } from './experiment.ts';
export type { Experiment, Role } from './experiment.ts';
export { readInputs } from './inputs.ts';
export { startJudging } from './judge-queue.ts';
export type { Stage } from './judge-sessions.ts';
export { planRun } from './plan.ts';
export type { Trajectory } from './plan.ts';
export { greetingPrompt } from './session.ts';
