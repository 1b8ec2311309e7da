import { join } from 'node:path';

/** Where things lie in a run folder. */
export function runPaths(dir: string): RunPaths {
  return {
    manifest: join(dir, 'manifest.json'),
    inputs: join(dir, 'inputs.json'),
    sessions: join(dir, 'sessions.ndjson'),
    verdicts: join(dir, 'verdicts.ndjson'),
    events: join(dir, 'events.ndjson'),
    lock: join(dir, 'recorder.lock'),
    judgeCheck: join(dir, 'judge-check.json'),
    report: join(dir, 'report'),
  };
}

export interface RunPaths {
  /** What the run is made of; its presence makes a folder a run. */
  readonly manifest: string;
  /** Profiles and problems, as planned. */
  readonly inputs: string;
  /** One session record a line. */
  readonly sessions: string;
  /** One verdict a line. */
  readonly verdicts: string;
  /** Progress, faults and wall times, one fact a line. */
  readonly events: string;
  /** Held by the one recorder that may write. */
  readonly lock: string;
  /** What is known of the judge: the anchors that a run asked, or all of `attune judge check`. */
  readonly judgeCheck: string;
  /** What `attune report` writes. */
  readonly report: string;
}
