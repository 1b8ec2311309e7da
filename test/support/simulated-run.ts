import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { attune, sortedLines, type StartOptions } from './attune.ts';

/** The small experiment that faults befall; the mock's calls take a while, so that a fault falls into the middle of sessions. */
export function writeExperiment(folder: string, changes: Record<string, unknown> = {}, name = 'experiment.yaml'): string {
  const file = join(folder, name);
  const design = { name: 'faulty', seed: 13, methods: ['vanilla', 'reflection', 'rag'], profiles: { limit: 2 }, sessions: 3, maxTurns: 5, concurrency: 6, sim: { latencyMs: 25 } };
  writeFileSync(file, JSON.stringify({ ...design, ...changes }));
  return file;
}

/** What two equal runs have in common: records, verdicts and the numbers of the report. Memory shows in the records, by its hash before and after each session. */
export function outcomeOf(run: string): { sessions: string[]; verdicts: string[]; metrics: string[] } {
  return { sessions: sortedLines(run, 'sessions.ndjson'), verdicts: sortedLines(run, 'verdicts.ndjson'), metrics: metricsOf(run) };
}

/** The numbers of a run's report, without those that the clock tells. */
export function metricsOf(run: string): string[] {
  return readFileSync(join(run, 'report/metrics.csv'), 'utf8').split('\n').filter((line) => !line.includes(',wall_seconds'));
}

/** Runs an experiment in one process, to its end. */
export async function undisturbedRun(file: string, run: string, options: StartOptions = {}): Promise<ReturnType<typeof outcomeOf>> {
  const { code, stderr } = await attune(['run', file, '--out', run], options);
  expect(code, stderr).toBe(0);
  return outcomeOf(run);
}
