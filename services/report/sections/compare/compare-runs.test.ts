import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionStatus } from '../../../gen/attune/record/v1/record.ts';
import type { Manifest } from '../../manifest.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns, writeRun } from '../../sample-run.ts';
import { compareRuns } from './compare-runs.ts';
import { renderComparison } from './render-comparison.ts';

const USERS = Array.from({ length: 8 }, (_, index) => `u-${index + 1}`);
const INPUTS = sampleInputs(USERS);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-compare-'));
  await writeSample('first');
  await writeSample('second', { better: 'notes' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the methods of one run', () => {
  test('values, failures and flips are those of the records', async () => {
    const { model, notes } = await compareRuns([join(folder, 'first')]);
    expect(model.methods).toEqual(['vanilla', 'notes']);
    expect(model.baseline).toBe('vanilla');
    const level = (method: string, metric: string) => model.levels.find((entry) => entry.method === method && entry.metric === metric)!.mean;
    // Vanilla: the even users' first session; notes: that and the failed session of u-1.
    expect(level('vanilla', 'success')).toBeCloseTo(4 / 16, 12);
    expect(level('notes', 'success')).toBeCloseTo(4 / 16, 12);
    expect(level('notes', 'timeout_rate')).toBeCloseTo(1 / 16, 12);
    expect(level('vanilla', 'user_tokens')).toBeCloseTo(100, 12);
    // The failed session counts as its user's worst: 102 tokens with vanilla.
    expect(level('notes', 'user_tokens')).toBeCloseTo((15 * 60 + 102) / 16, 12);
    expect(model.counts.find(({ method }) => method === 'notes')).toMatchObject({ sessions: 16, failed: 1, missing: 0 });
    expect(notes).toEqual(['The models of this run were simulated: its numbers say nothing about real models.']);
  });

  test('an exploratory metric, and text that a terminal can show', async () => {
    const comparison = await compareRuns([join(folder, 'first')], { metrics: ['user_tokens', 'compliance_micro'] });
    expect(comparison.model.metrics.map(({ id, inFamily }) => [id, inFamily])).toEqual([['user_tokens', true], ['compliance_micro', false]]);
    expect(comparison.model.differences.find(({ metric }) => metric === 'compliance_micro')!.difference).toBeCloseTo(0.5, 12);
    const text = renderComparison(comparison);
    expect(text).toContain('1 method compared with vanilla over 8 profiles (first).');
    expect(text).toMatch(/notes +63 +−37 +\[−\d+ to −\d+\] .* better/);
    expect(text).toContain('Preference compliance ↑ (exploratory');
    expect(text).toContain('Family, fixed beforehand: methods against vanilla × task success, timeouts or failures, user tokens, enforcements; 4 tests, Holm at 0.05, two-sided.');
    expect(text).not.toMatch(/NaN|undefined|null/);
  });

  test('metrics of memories have values, and a metric without any says so', async () => {
    const comparison = await compareRuns([join(folder, 'first')], { metrics: ['memory_recall', 'conflict_accuracy'] });
    const means = comparison.model.levels.map(({ metric, mean }) => [metric, mean]);
    // No prompt held a note, although preferences applied; nobody asked a probe.
    expect(means).toEqual([['memory_recall', 0], ['memory_recall', 0], ['conflict_accuracy', null], ['conflict_accuracy', null]]);
    expect(comparison.notes).toContain('No compared session has a value of Conflict accuracy.');
    expect(renderComparison(comparison)).toContain('Nothing to tell apart: fewer than two methods have a value.');
  });

  test('names that there are not', async () => {
    const dir = join(folder, 'first');
    await expect(compareRuns([dir], { baseline: 'none' })).rejects.toThrow('--baseline should name one of vanilla, notes, found "none".');
    await expect(compareRuns([dir], { metrics: ['none'] })).rejects.toThrow(/--metric should name some of success, .*found "none"/);
    await expect(compareRuns([dir], { methods: ['none'] })).rejects.toThrow('--method should name some of vanilla, notes, found none.');
    await expect(compareRuns([dir], { methods: ['notes'] })).rejects.toThrow(/at least two methods, found notes/);
    await expect(compareRuns([dir, dir])).rejects.toThrow(/named once/);
  });

  test('a run that is not whole is refused, or compared with a note', async () => {
    const dir = await writeSample('torn', { sessions: 3 });
    await expect(compareRuns([dir])).rejects.toThrow(`${dir} should be recorded and judged in full, found 16 of 48 sessions without a record and 0 without all verdicts; finish the run with --resume, or compare it as it is with --allow-incomplete.`);
    const { model, notes } = await compareRuns([dir], { allowIncomplete: true });
    expect(notes.at(-1)).toMatch(/^Run torn has 16 of 48 sessions without a record/);
    expect(model.counts[0]).toMatchObject({ sessions: 24, missing: 8 });
    expect(model.levels[0]!.mean).toBeCloseTo(4 / 24, 12);
  });
});

describe('one method in two runs', () => {
  test('sessions pair by profile and number; what the first solved and the second lost is named', async () => {
    const { model, runs } = await compareRuns([join(folder, 'first'), join(folder, 'second')], { methods: ['notes'] });
    expect(model.methods).toEqual(['notes@first', 'notes@second']);
    expect(model.baseline).toBe('notes@first');
    expect(runs.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(model.flips).toEqual([expect.objectContaining({ method: 'notes@second', sessions: 16, both: 0, lost: 4, won: 8, neither: 4, lostSessions: ['u-2', 'u-4', 'u-6', 'u-8'].map((userId) => ({ userId, session: 0 })) })]);
  });

  test('methods of either run against one baseline', async () => {
    const { model } = await compareRuns([join(folder, 'first'), join(folder, 'second')], { methods: ['vanilla@first', 'notes'], baseline: 'vanilla' });
    expect(model.methods).toEqual(['vanilla@first', 'notes@first', 'notes@second']);
    expect(model.baseline).toBe('vanilla@first');
    expect(model.family.tests).toBe(8);
  });

  const changed: [string, (manifest: Manifest) => Manifest, string][] = [
    ['prompts', (m) => ({ ...m, promptHashes: { 'judge/task-verdict.md': 'ef'.repeat(32) } }), 'prompts (judge/task-verdict.md)'],
    ['catalogue', (m) => ({ ...m, catalogueHash: 'beef' }), 'catalogue (beef against c0ffee)'],
    ['seed', (m) => ({ ...m, seed: 8 }), 'seed (7 against 8)'],
    ['models', (m) => ({ ...m, models: { ...m.models, judge: { endpoint: 'http://127.0.0.1:8000/v1', model: 'other' } } }), 'models (judge)'],
  ];
  test.each(changed)('different %s are refused by name, and allowed by name', async (aspect, change, named) => {
    const dir = await writeSample(`changed-${aspect}`, { change });
    const dirs = [join(folder, 'first'), dir];
    await expect(compareRuns(dirs, { methods: ['notes'] })).rejects.toThrow(`found different ${named}; repeat one of them with the other's setting, or take the difference into account with --allow-different ${aspect}.`);
    const { notes } = await compareRuns(dirs, { methods: ['notes'], allowDifferent: [aspect] });
    expect(notes).toContain(`The compared runs have different ${named}, so what separates them may come from that.`);
  });

  test('different judges, profiles and problems too; all in one sentence', async () => {
    const users = sampleInputs(USERS.slice(0, 7));
    const inputs = { profiles: users.profiles, problems: users.problems.map((problem) => ({ ...problem, solution: '5' })) };
    const dir = await writeSample('other-inputs', { inputs, judge: 'someone-else' });
    const message = /judge \(.*sim\/judge.* against .*someone-else.*\), profiles \(\w+ against \w+\), problems \(\w+ against \w+\); .*--allow-different judge,profiles,problems\.$/;
    await expect(compareRuns([join(folder, 'first'), dir], { methods: ['notes'] })).rejects.toThrow(message);
    const { model } = await compareRuns([join(folder, 'first'), dir], { methods: ['notes'], allowDifferent: ['judge', 'profiles', 'problems'] });
    expect(model.differences[0]!.profiles).toBe(7);
    expect(model.counts.map(({ sessions }) => sessions)).toEqual([16, 14]);
    await expect(compareRuns([join(folder, 'first'), dir], { allowDifferent: ['weather'] })).rejects.toThrow(/--allow-different should name some of prompts, judge, .*, found weather/);
  });
});

interface Sample {
  better?: string;
  sessions?: number;
  inputs?: typeof INPUTS;
  judge?: string;
  change?: (manifest: Manifest) => Manifest;
}

/** Two sessions a user: even users solve their first; of a method that is better, odd users solve theirs, and all of them the second where odd. */
async function writeSample(name: string, { better, sessions = 2, inputs = INPUTS, judge, change = (manifest) => manifest }: Sample = {}): Promise<string> {
  const dir = join(folder, name);
  const keys = ['vanilla', 'notes'].flatMap((method) => inputs.profiles.flatMap(({ userId }, index) => [0, 1].map((session) => ({ method, userId, session, even: index % 2 === 1 }))));
  await writeRun(dir, {
    inputs,
    manifest: change(sampleManifest(inputs, { sessions })),
    sessions: keys.map(({ method, userId, session }) =>
      sampleSession(method, userId, session, {
        userTokens: method === 'vanilla' ? 98 + 4 * session : 60,
        ...(method === 'notes' && better === undefined && userId === 'u-1' && session === 0 && { status: SessionStatus.AGENT_ERROR }),
      }),
    ),
    verdicts: keys.flatMap(({ method, userId, session, even }) => {
      const correct = method === better ? !even : even && session === 0;
      return [sampleTask(method, userId, session, correct), sampleTurns(method, userId, session, [{ followed: method === 'notes' ? ['p1', 'p2'] : ['p1'], violated: method === 'notes' ? [] : ['p2'] }, {}])].map((verdict) =>
        judge === undefined ? verdict : { ...verdict, judge: { ...verdict.judge!, model: judge } },
      );
    }),
  });
  return dir;
}
