export { buildReport, type ReportOptions } from './build.ts';
export { Manifest } from './manifest.ts';
export { progressOf, type TrajectoryProgress } from './progress.ts';
export { readSessions, type ReadOptions } from './read-records.ts';
export { createRecorder, type Recorder, type RecorderDeps } from './record.ts';
export { createRunFolder, hashInputs, openRunFolder, type RunFolder, type RunInputs } from './run-folder.ts';
