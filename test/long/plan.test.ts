import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attune, temporaryFolder } from '../support/attune.ts';

const METHODS = ['--methods', 'vanilla,contextual,reflection,rag'];

test('a forecast from a pilot run foretells the calls and prompt tokens of a run that is eight times as long', async () => {
  await using folder = await temporaryFolder();
  const [pilot, whole] = [join(folder.path, 'pilot'), join(folder.path, 'whole')];
  expect((await attune(['run', ...METHODS, '--profiles', '2', '--sessions', '4', '--out', pilot])).code).toBe(0);
  expect((await attune(['run', ...METHODS, '--profiles', '8', '--sessions', '8', '--out', whole])).code).toBe(0);
  const { code, stdout } = await attune(['plan', ...METHODS, '--profiles', '8', '--sessions', '8', '--from', pilot, '--json']);
  expect(code).toBe(0);
  const { forecast } = JSON.parse(stdout) as { forecast: { sessions: number; rows: Row[] } };
  expect(forecast.sessions).toBe(4 * 8 * 8);

  const real = await usageOf(whole);
  const told = sums(forecast.rows);
  expect([...told.keys()].sort()).toEqual([...real.keys()].sort());
  for (const [role, { calls, promptTokens }] of told) {
    // A pilot of 8 sessions a method cannot know the length of sessions any better.
    expect(calls / real.get(role)!.calls, `calls of ${role}`).toBeGreaterThan(0.75);
    expect(calls / real.get(role)!.calls, `calls of ${role}`).toBeLessThan(1.33);
    expect(promptTokens / real.get(role)!.promptTokens, `tokens of ${role}`).toBeGreaterThan(0.6);
    expect(promptTokens / real.get(role)!.promptTokens, `tokens of ${role}`).toBeLessThan(1.67);
  }
});

test('without a run a trial on simulated models gives the figures, asks no real endpoint and leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'experiment.yaml');
  await writeFile(file, EXPERIMENT);
  const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('attune-plan-'));
  const before = await left();
  const { code, stdout } = await attune(['plan', file]);
  expect(code).toBe(0);
  expect(stdout).toContain('2 methods x 100 users x 20 sessions = 4,000 sessions, about 32,000 turns');
  expect(stdout).toMatch(/Time: [\d.]+ h at [\d.]+ turns a second, 200 trajectories at once; 6 GPUs, [\d.]+ GPU-hours, [\d.]+ kWh/);
  expect(stdout).toMatch(/Money: [\d.]+ in the currency of the prices; without .*llama-8b/);
  expect(stdout).toContain('--from RUN');
  expect((await left()).filter((name) => !before.includes(name))).toEqual([]);
});

test('methods that somebody else serves are named as unknown, not counted as free', async () => {
  const { code, stdout } = await attune(['plan', '--methods', 'vanilla,mine=127.0.0.1:1']);
  expect(code).toBe(0);
  expect(stdout).toContain('Not in the sums, because nothing of them was played: mine.');
});

const EXPERIMENT = `
name: full
methods: [vanilla, rag]
profiles: { limit: 100 }
sessions: 20
concurrency: 240
models:
  url: http://127.0.0.1:1/v1
  model: llama-70b
  roles: { agent: { url: http://127.0.0.1:2/v1, model: llama-8b } }
  prices: { llama-70b: { promptPerMillion: 0.6, completionPerMillion: 0.8 } }
servers:
  http://127.0.0.1:1/v1: { profile: 70b-bf16-4xh100 }
  http://127.0.0.1:2/v1: { profile: 8b-bf16-h100, replicas: 2 }
`;

async function usageOf(run: string): Promise<Map<string, Totals>> {
  const lines = (await Promise.all(['sessions.ndjson', 'verdicts.ndjson'].map((file) => readFile(join(run, file), 'utf8')))).join('').trim().split('\n');
  return sums(lines.flatMap((line) => (JSON.parse(line) as { usage?: Row[] }).usage ?? []));
}

function sums(rows: readonly Row[]): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const { role, calls, promptTokens = 0 } of rows) {
    const before = totals.get(role) ?? { calls: 0, promptTokens: 0 };
    totals.set(role, { calls: before.calls + calls, promptTokens: before.promptTokens + promptTokens });
  }
  return totals;
}

interface Totals {
  calls: number;
  promptTokens: number;
}

interface Row {
  role: string;
  calls: number;
  promptTokens?: number;
}
