import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attune, sortedLines, temporaryFolder } from './support/attune.ts';
import { testDataPath } from './support/test-data.ts';

const MATH = testDataPath('multisessioncollab/math-500-test20.json');
const LOGIC = testDataPath('multisessioncollab/logiqa-test20.json');
const PROFILES = testDataPath('multisessioncollab/profiles-000-049.json');
const missing = MATH === null || LOGIC === null || PROFILES === null;

test.skipIf(missing)('published problems and profiles run to 60 recorded and judged sessions', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const flags = ['--methods', 'vanilla,reflection,rag', '--profiles-limit', '5', '--sessions', '4'];
  const { code, stdout } = await attune(['run', '--dataset', MATH!, '--profiles', PROFILES!, ...flags, '--out', run]);
  expect(code).toBe(0);
  expect(stdout).toContain('60 sessions planned, 60 recorded');
  expect(sortedLines(run, 'sessions.ndjson')).toHaveLength(60);
  expect(sortedLines(run, 'verdicts.ndjson')).toHaveLength(120);
}, 120_000);

test.skipIf(missing)('two datasets are pooled, and each user meets their problems in an order of its own', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const flags = ['--methods', 'vanilla', '--profiles-limit', '4', '--sessions', '6'];
  const { code } = await attune(['run', '--dataset', `${MATH},${LOGIC}`, '--profiles', PROFILES!, ...flags, '--out', run]);
  expect(code).toBe(0);
  const orders = new Map<string, string[]>();
  for (const line of sortedLines(run, 'sessions.ndjson')) {
    const { userId, dataset, problemId } = JSON.parse(line) as { userId: string; dataset: string; problemId: string };
    orders.set(userId, [...(orders.get(userId) ?? []), `${dataset}/${problemId}`]);
  }
  const all = [...orders.values()];
  expect(new Set(all.flat().map((id) => id.split('/')[0]))).toEqual(new Set(['math-500', 'logiqa']));
  for (const order of all) expect(new Set(order).size).toBe(6);
  expect(new Set(all.map((order) => order.join())).size).toBe(4);
}, 60_000);
