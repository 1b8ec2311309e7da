import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import type { ModelSimConfig } from '../../services/model-sim/service.ts';
import { answeredProbes, attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { until } from '../support/until.ts';

const SESSIONS = 2 * 2 * 3;

/** Runs the design against a model server with faults; the preflight is let through. */
async function runAgainst(faults: NonNullable<ModelSimConfig['faults']>, run: string, experiment: readonly string[] = []) {
  const sim = createModelSim({ seed: 3, knowledge: problemBank(), models: ['m'], faults });
  const { url } = await sim.listen();
  try {
    return await attune(['run', ...experiment, '--models', url, '--model', 'm', '--methods', 'vanilla,rag', '--profiles', '2', '--sessions', '3', '--out', run]);
  } finally {
    await sim.close();
  }
}

function recorded(run: string): { status: string; error: string; attempts: number; session: number }[] {
  return sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { status: string; error: string; attempts: number; session: number });
}

test('sessions that fail are recorded with a status and stay in every denominator', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const { code, stderr, stdout } = await runAgainst({ rates: { prose: 0.6 }, only: ['user_turn'] }, run);
  const sessions = recorded(run);
  const failed = sessions.filter((s) => s.status === 'SESSION_STATUS_SIM_ERROR');
  expect(sessions).toHaveLength(SESSIONS);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(SESSIONS);
  for (const { error, attempts } of failed) {
    expect(error).toMatch(/JSON/);
    expect(attempts).toBe(2);
  }
  expect(code).toBe(0);
  expect(stderr).toContain(`${failed.length} of ${SESSIONS} sessions failed and count as failures`);
  expect(stdout).toContain(`${SESSIONS} sessions planned, ${SESSIONS} recorded`);
  const csv = readFileSync(join(run, 'report/metrics.csv'), 'utf8');
  const counts = csv.split('\n').filter((line) => /^(vanilla|rag),success,,/.test(line)).map((line) => line.split(',').at(-1));
  expect(counts).toEqual(['6', '6']);
}, 120_000);

test('when every session fails the run says why and exits with 1, and success is 0 of all', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const { code, stderr } = await runAgainst({ rates: { refusal: 1 }, only: ['user_turn'] }, run);
  expect(code).toBe(1);
  expect(stderr).toContain(`All ${SESSIONS} sessions failed`);
  expect(stderr).not.toContain('--resume');
  expect(recorded(run).every((s) => s.status === 'SESSION_STATUS_SIM_ERROR')).toBe(true);
}, 120_000);

test('an unreadable judge leaves verdicts unscored, not zero', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const experiment = join(folder.path, 'experiment.yaml');
  writeFileSync(experiment, 'judge: { anchors: off }\n');
  const { code } = await runAgainst({ rates: { prose: 1 }, only: ['task_verdict', 'session_verdicts', 'probe_verdict'] }, run, [experiment]);
  expect(code).toBe(0);
  const verdicts = sortedLines(run, 'verdicts.ndjson');
  expect(verdicts).toHaveLength(2 * SESSIONS + answeredProbes(run));
  expect(verdicts.every((line) => line.includes('VERDICT_STATUS_UNSCORED') && !line.includes('VERDICT_STATUS_SCORED'))).toBe(true);
}, 120_000);

test('429s and 500s are retried and change nothing', async () => {
  await using folder = await temporaryFolder();
  const clean = await runAgainst({}, join(folder.path, 'clean'));
  const stormy = await runAgainst({ rates: { http_429: 0.03, http_500: 0.03, cut: 0.02 }, retryAfterSeconds: 0 }, join(folder.path, 'stormy'));
  expect([clean.code, stormy.code]).toEqual([0, 0]);
  expect(sortedLines(join(folder.path, 'stormy'), 'sessions.ndjson')).toEqual(sortedLines(join(folder.path, 'clean'), 'sessions.ndjson'));
}, 180_000);

test('a model server that goes away stops the run with a sentence; resuming finishes it', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const config: ModelSimConfig = { seed: 3, knowledge: problemBank(), models: ['m'], latency: { fixedMs: 20 } };
  const sim = createModelSim(config);
  const { url, port } = await sim.listen();
  const started = startAttune(['run', '--models', url, '--model', 'm', '--methods', 'vanilla,rag', '--profiles', '2', '--sessions', '3', '--concurrency', '1', '--out', run]);
  await until(() => recordedCount(run) >= 2, 'two sessions are recorded');
  await sim.close();
  const { code, stderr } = await started.done;
  expect(code).toBe(1);
  expect(stderr).toMatch(/connection refused[\s\S]*go on with: attune run --resume/);
  expect(recordedCount(run)).toBeLessThan(SESSIONS);

  const again = createModelSim(config);
  await again.listen({ port });
  try {
    const resumed = await attune(['run', '--resume', run]);
    expect(resumed.code).toBe(0);
    expect(recorded(run).every((s) => s.error === '')).toBe(true);
    expect(recordedCount(run)).toBe(SESSIONS);
  } finally {
    await again.close();
  }
}, 180_000);

function recordedCount(run: string): number {
  try {
    return recorded(run).length;
  } catch {
    return 0; // the run has not made its folder yet
  }
}
