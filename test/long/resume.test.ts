import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../services/platform/random.ts';
import { answeredProbes, attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';

/** The mock's calls take a while, so that a signal really falls into the middle of sessions. */
const EXPERIMENT = `
name: resumed
seed: 9
methods: [vanilla, contextual, reflection, rag, rag_vector]
profiles: { limit: 3 }
sessions: 4
concurrency: 5
sim: { latencyMs: 15 }
`;

let undisturbed: string[];
let verdicts: string[];

beforeAll(async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const { code, stderr } = await attune(['run', writeExperiment(folder.path), '--out', run]);
  expect(stderr).not.toContain('fail');
  expect(code).toBe(0);
  undisturbed = sortedLines(run, 'sessions.ndjson');
  verdicts = sortedLines(run, 'verdicts.ndjson');
  expect(undisturbed).toHaveLength(60);
}, 120_000);

test.each(['SIGKILL', 'SIGINT'] as const)('a run ended three times by %s resumes and ends with the records of an undisturbed run', async (signal) => {
  await using folder = await temporaryFolder();
  const random = createRandom(20);
  const run = join(folder.path, 'run');
  let command = ['run', writeExperiment(folder.path), '--out', run];
  for (let ended = 0; ended < 3; ended++) {
    const started = startAttune(command);
    await growth(run, 2 + random.int(8));
    started.child.kill(signal);
    const { code, stderr } = await started.done;
    if (signal === 'SIGINT') {
      expect(code).toBe(130);
      expect(stderr).toContain('go on with: attune run --resume ');
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    command = ['run', '--resume', run];
  }
  const done = sortedLines(run, 'sessions.ndjson').length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(60);
  const { code, stdout } = await attune(command);
  expect(code).toBe(0);
  expect(stdout).toContain('60 sessions planned, 60 recorded');
  expect(sortedLines(run, 'sessions.ndjson')).toEqual(undisturbed);
  expect(sortedLines(run, 'verdicts.ndjson')).toEqual(verdicts);
}, 180_000);

test('verdicts that are missing, those on probes among them, are made up for, and the others stay', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  expect((await attune(['run', '--profiles', '2', '--sessions', '4', '--methods', 'vanilla,rag', '--probes', '1', '--out', run])).code).toBe(0);
  const file = join(run, 'verdicts.ndjson');
  const lines = sortedLines(run, 'verdicts.ndjson');
  expect(lines).toHaveLength(32 + answeredProbes(run));
  expect(answeredProbes(run)).toBeGreaterThan(8);
  const kept = lines.filter((line, index) => !line.includes('"probe":{') && index % 5 > 0);
  writeFileSync(file, `${kept.join('\n')}\n`);
  const { code, stdout } = await attune(['run', '--resume', run]);
  expect(code).toBe(0);
  expect(stdout).toContain('16 sessions planned, 16 recorded');
  expect(readFileSync(file, 'utf8').startsWith(`${kept.join('\n')}\n`)).toBe(true);
  expect(sortedLines(run, 'verdicts.ndjson')).toEqual(lines);
}, 120_000);

test('a line torn by a crash is cut off and its session runs again', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const started = startAttune(['run', writeExperiment(folder.path), '--out', run]);
  await growth(run, 5);
  started.child.kill('SIGKILL');
  await started.done;
  appendFileSync(join(run, 'sessions.ndjson'), undisturbed.at(-1)!.slice(0, 200));
  expect((await attune(['run', '--resume', run])).code).toBe(0);
  expect(sortedLines(run, 'sessions.ndjson')).toEqual(undisturbed);
}, 120_000);

test('a run that began with another catalogue is not resumed, since its remaining probes would differ', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const small = ['--profiles', '1', '--sessions', '1', '--methods', 'vanilla', '--out', run];
  expect((await attune(['run', ...small])).code).toBe(0);
  const file = join(run, 'manifest.json');
  const manifest = readFileSync(file, 'utf8');
  writeFileSync(file, manifest.replace(/"catalogueHash": ?"[0-9a-f]{12}/, '"catalogueHash": "000000000000'));
  const { code, stderr } = await attune(['run', '--resume', run]);
  expect(stderr).toContain('began with another catalogue (000000000000)');
  expect(code).toBe(1);
}, 60_000);

function writeExperiment(folder: string): string {
  const file = join(folder, 'experiment.yaml');
  appendFileSync(file, existsSync(file) ? '' : EXPERIMENT);
  return file;
}

/** Waits until a run has recorded some more sessions. */
async function growth(run: string, sessions: number): Promise<void> {
  const file = join(run, 'sessions.ndjson');
  const count = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  const before = count();
  for (const until = Date.now() + 60_000; count() < before + sessions && count() < 44; await sleep(5)) {
    if (Date.now() > until) throw new Error(`${run} did not grow by ${sessions} sessions.`);
  }
}
