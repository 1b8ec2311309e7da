import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildReport } from '../build.ts';
import type { Manifest } from '../manifest.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns, writeRun } from '../sample-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-merge-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(name: string, methods: readonly string[], users: readonly string[], change: Partial<Manifest> & { userTokens?: number } = {}): Promise<string> {
  const { userTokens = 60, ...changes } = change;
  const dir = join(folder, name);
  const inputs = sampleInputs(users);
  const keys = methods.flatMap((method) => users.flatMap((userId) => [0, 1].map((session) => ({ method, userId, session }))));
  await writeRun(dir, {
    inputs,
    manifest: { ...sampleManifest(inputs, { methods }), runId: name, ...changes },
    sessions: keys.map(({ method, userId, session }) => sampleSession(method, userId, session, { userTokens })),
    verdicts: keys.flatMap(({ method, userId, session }) => [sampleTask(method, userId, session, true), sampleTurns(method, userId, session, [{ followed: ['p1'] }, {}])]),
  });
  return dir;
}

const out = () => join(folder, 'out');
const csvValue = async (method: string, metric: string) => (await readFile(join(out(), 'metrics.csv'), 'utf8')).split('\n').find((line) => line.startsWith(`${method},${metric},,`))?.split(',').slice(3);

test('runs with different methods are one report, whichever is named first', async () => {
  const dirs = [await run('one', ['vanilla'], ['u-01', 'u-02']), await run('two', ['notes'], ['u-01', 'u-02'], { userTokens: 50 })];
  await buildReport(dirs, { out: out() });
  const markdown = await readFile(join(out(), 'report.md'), 'utf8');
  expect(await csvValue('notes', 'user_tokens')).toEqual(['50', '50', '50', '4']);
  expect((await csvValue('notes', 'user_tokens_minus_vanilla'))![0]).toBe('-10');
  await buildReport([...dirs].reverse(), { out: out() });
  expect(await readFile(join(out(), 'report.md'), 'utf8')).toBe(markdown);
});

test('runs with different profiles add up, and another seed of the same trajectories counts beside the first', async () => {
  const dirs = [
    await run('one', ['vanilla'], ['u-01', 'u-02']),
    await run('two', ['vanilla'], ['u-03'], { userTokens: 120, createdAt: '2026-01-03T03:04:05.000Z' }),
    await run('three', ['vanilla'], ['u-01'], { seed: 8, userTokens: 10, createdAt: '2026-01-04T03:04:05.000Z' }),
  ];
  await buildReport(dirs, { out: out() });
  expect((await csvValue('vanilla', 'user_tokens'))![0]).toBe(String((4 * 60 + 2 * 120 + 2 * 10) / 8));
  expect(await csvValue('vanilla', 'sessions_planned')).toEqual(['8', '', '', '8']);
  expect(await readFile(join(out(), 'report.md'), 'utf8')).toContain('1 method, 3 profiles, at most 2 sessions of a pair in one run; 8 sessions planned, 8 recorded.');
});

test('a trajectory that two runs of one seed hold is taken from the older run, and noted', async () => {
  const dirs = [await run('one', ['vanilla', 'notes'], ['u-01', 'u-02']), await run('two', ['vanilla', 'rag'], ['u-01', 'u-02'], { userTokens: 99, createdAt: '2026-01-03T03:04:05.000Z' })];
  await buildReport(dirs, { out: out() });
  expect((await csvValue('vanilla', 'user_tokens'))![0]).toBe('60');
  expect((await csvValue('rag', 'user_tokens'))![0]).toBe('99');
  expect(await readFile(join(out(), 'report.md'), 'utf8')).toContain('Run two: 2 trajectories are left out, since an older run of this report holds the same method, user and seed.');
});

test('another letter in a shared prompt, another catalogue, tokenizer, model or setting is refused by name, and warned of when allowed', async () => {
  const one = await run('one', ['vanilla'], ['u-01', 'u-02']);
  const { models } = sampleManifest(sampleInputs());
  for (const [aspect, change, details] of [
    ['prompts', { promptHashes: { 'judge/task-verdict.md': 'cd'.repeat(32), 'agent/notes.md': 'ef' } }, 'judge/task-verdict.md'],
    ['catalogue', { catalogueHash: 'beef' }, 'beef against c0ffee'],
    ['tokenizer', { tokenizer: 'cl100k_base' }, 'cl100k_base against o200k_base'],
    ['models', { models: { ...models, agent: { endpoint: 'http://127.0.0.1:8000/v1', model: 'other' } } }, 'agent'],
    ['settings', { experiment: { maxTurns: 5 } }, 'maxTurns'],
  ] as const) {
    const two = await run(aspect, ['notes'], ['u-01', 'u-02'], change);
    await expect(buildReport([one, two], { out: out() })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining(`found different ${aspect} (${details}); report them one by one, or take the difference into account with --allow-different ${aspect}.`),
    });
    const table = await buildReport([one, two], { out: out(), allowDifferent: [aspect] });
    expect(table.split('\n').find((line) => line.startsWith('!'))).toContain(`The runs of this report have different ${aspect} (${details})`);
  }
});

test('other judges are refused; an aspect that there is not, and several runs without a folder, are wrong use', async () => {
  const one = await run('one', ['vanilla'], ['u-01', 'u-02']);
  const two = join(folder, 'two');
  const inputs = sampleInputs();
  const verdicts = inputs.profiles.flatMap(({ userId }) => [sampleTask('notes', userId, 0, true), sampleTurns('notes', userId, 0, [{}])]).map((verdict) => ({ ...verdict, judge: { ...verdict.judge!, model: 'other/judge' } }));
  await writeRun(two, { inputs, manifest: { ...sampleManifest(inputs, { methods: ['notes'], sessions: 1 }), runId: 'two' }, sessions: inputs.profiles.map(({ userId }) => sampleSession('notes', userId, 0)), verdicts });
  await expect(buildReport([one, two], { out: out() })).rejects.toThrow(/found different judge \(.*other\/judge.* against .*sim\/judge/);
  await expect(buildReport([one, two], { out: out(), allowDifferent: ['colour'] })).rejects.toThrow('--allow-different should name some of prompts, judge, catalogue, tokenizer, models, settings, found colour.');
  await expect(buildReport([one, two])).rejects.toThrow('A report of 2 runs should have a folder of its own, found none; name one with --out.');
});

test('one user id for two people is refused', async () => {
  const one = await run('one', ['vanilla'], ['u-01', 'u-02']);
  const inputs = sampleInputs(['u-01']);
  inputs.profiles[0]!.persona = 'A hasty teacher.';
  await writeRun(join(folder, 'two'), { inputs, manifest: { ...sampleManifest(inputs, { methods: ['notes'] }), runId: 'two' }, sessions: [], verdicts: [] });
  await expect(buildReport([one, join(folder, 'two')], { out: out(), allowIncomplete: true })).rejects.toThrow('u-01 of run two has another profile than before');
});
