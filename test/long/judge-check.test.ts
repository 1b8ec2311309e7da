import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { problemBank } from '../../services/catalogue/index.ts';
import { judgeCommand } from '../../services/cli/commands/judge.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import type { ModelSimConfig } from '../../services/model-sim/service.ts';
import { attune, temporaryFolder } from '../support/attune.ts';

const NONSENSE = { rates: { prose: 1 }, only: ['task_verdict', 'session_verdicts', 'turn_verdict', 'probe_verdict', 'pair_verdict'] };
const DESIGN = ['--methods', 'vanilla,rag', '--profiles', '2', '--sessions', '2'];

test('a judge that fails its anchors grades nothing; a better one in its place goes on with the run', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const config: ModelSimConfig = { seed: 3, knowledge: problemBank(), models: ['m'] };
  const bad = createModelSim({ ...config, faults: NONSENSE });
  const { url, port } = await bad.listen();
  const refused = await attune(['run', '--models', url, '--model', 'm', ...DESIGN, '--out', run]);
  await bad.close();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/The judge fails its anchors: task known good 0 of 4 right [\s\S]*go on with: attune run --resume/);
  expect(linesOf(run, 'sessions.ndjson')).toHaveLength(8);
  expect(linesOf(run, 'verdicts.ndjson')).toHaveLength(0);
  expect(readFileSync(join(run, 'report/report.md'), 'utf8')).toContain('The judge fails its anchors');

  const good = createModelSim(config);
  await good.listen({ port });
  try {
    const resumed = await attune(['run', '--resume', run]);
    expect(resumed.code).toBe(0);
  } finally {
    await good.close();
  }
  expect(linesOf(run, 'verdicts.ndjson').length).toBeGreaterThanOrEqual(16);
  const report = readFileSync(join(run, 'report/report.md'), 'utf8');
  expect(report).not.toContain('The judge fails its anchors');
  expect(JSON.parse(await readFile(join(run, 'judge-check.json'), 'utf8'))).toMatchObject({ anchors: { passed: true }, sample: null });
}, 180_000);

test('without the anchors a judge that answers nonsense ends in unscored verdicts and a warning, never in numbers', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const experiment = join(folder.path, 'experiment.yaml');
  await writeFile(experiment, 'judge: { anchors: off }\n');
  const sim = createModelSim({ seed: 3, knowledge: problemBank(), models: ['m'], faults: NONSENSE });
  const { url } = await sim.listen();
  const { code } = await attune(['run', experiment, '--models', url, '--model', 'm', ...DESIGN, '--out', run]);
  await sim.close();
  expect(code).toBe(0);
  const verdicts = linesOf(run, 'verdicts.ndjson');
  expect(verdicts.every((line) => line.includes('VERDICT_STATUS_UNSCORED') && !line.includes('VERDICT_STATUS_SCORED'))).toBe(true);
  expect(readFileSync(join(run, 'report/report.md'), 'utf8')).toContain('The judge could not score everything');
  const rows = readFileSync(join(run, 'report/metrics.csv'), 'utf8').split('\n').filter((line) => /^(vanilla|rag),compliance_micro,/.test(line)).map((line) => line.split(','));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row.slice(3).every((cell) => cell === '' || cell === '0')).toBe(true);
}, 180_000);

test('a check of a run asks again, reads labels, and stands in the report, which stays byte-equal', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  expect((await attune(['run', ...DESIGN, '--out', run])).code).toBe(0);
  const labels = join(folder.path, 'labels.csv');
  const tasks = linesOf(run, 'verdicts.ndjson').map((line) => JSON.parse(line) as { method: string; userId: string; session?: number; task?: { correct?: boolean } }).filter(({ task }) => task);
  await writeFile(labels, `method,user,session,turn,preference,label\n${tasks.map(({ method, userId, session = 0, task }) => `${method},${userId},${session},,,${task?.correct ? 1 : 0}`).join('\n')}\n`);

  const flags = ['check', run, '--labels', labels, '--sample', '4', '--repeats', '2', '--json'];
  const sheet = JSON.parse(await printed(flags)) as { sample: object; blindness: object; labels: { accuracy: number }[]; corrected: { refused: string | null }[] };
  expect(sheet).toMatchObject({ sample: { source: 'run', sessions: 4, repeats: 2, unreadable: 0 }, blindness: { naming: 0 }, labels: [{ kind: 'task', labels: 8, accuracy: 1 }] });
  expect(sheet.corrected).toHaveLength(2);
  const written = await readFile(join(run, 'judge-check.json'), 'utf8');
  expect((await attune(['report', run])).code).toBe(0);
  const report = await readFile(join(run, 'report/index.html'), 'utf8');
  await printed(flags);
  expect(await readFile(join(run, 'judge-check.json'), 'utf8')).toBe(written);
  expect((await attune(['report', run])).code).toBe(0);
  expect(await readFile(join(run, 'report/index.html'), 'utf8')).toBe(report);

  await writeFile(labels, `method,user,session,turn,preference,label\n${tasks[0]!.method},${tasks[0]!.userId},0,,,perhaps\n`);
  await expect(printed(flags)).rejects.toThrow(/labels\.csv:2: the label of a task should be 1 \(right\) or 0 \(wrong\), found "perhaps"/);
}, 480_000);

/** What the command prints. */
async function printed(flags: readonly string[]): Promise<string> {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  try {
    await judgeCommand().parseAsync(flags, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return text;
}

function linesOf(run: string, file: string): string[] {
  try {
    return readFileSync(join(run, file), 'utf8').split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
