import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionStatus } from '../gen/attune/record/v1/record.ts';
import { buildReport } from './build.ts';
import { runPaths } from './run-paths.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns, writeRun } from './sample-run.ts';

const GOLDEN_RUN = fileURLToPath(new URL('./golden/run-v1', import.meta.url));
const FILES = ['report.md', 'metrics.csv', 'times.csv', 'index.html', 'sessions.parquet'] as const;
/** The page is read by its own tests; its bytes change with every plot. */
const GOLDEN_FILES = ['report.md', 'metrics.csv', 'times.csv'] as const;

let folder: string;
let dir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-report-'));
  dir = join(folder, 'run');
});
afterEach(() => rm(folder, { recursive: true }));

const readReport = async (file: string) => readFile(join(runPaths(dir).report, file), file.endsWith('.parquet') ? 'base64' : 'utf8');
const csvValue = async (method: string, metric: string) =>
  (await readReport('metrics.csv')).split('\n').find((line) => line.startsWith(`${method},${metric},,`))?.split(',').slice(3);

describe('a golden run', () => {
  test('gives the reports that are kept beside it', async () => {
    await cp(GOLDEN_RUN, dir, { recursive: true });
    const table = await buildReport(dir);
    for (const file of GOLDEN_FILES) await expect(await readReport(file)).toMatchFileSnapshot(`golden/report-v1/${file}`);
    await expect(`${table}\n`).toMatchFileSnapshot('golden/report-v1/terminal.txt');
  });

  test('gives the same bytes in any order of its lines, and when it was judged twice', async () => {
    await cp(GOLDEN_RUN, dir, { recursive: true });
    const paths = runPaths(dir);
    await buildReport(dir);
    const expected = await Promise.all(FILES.map(readReport));
    const sessions = (await readFile(paths.sessions, 'utf8')).trimEnd().split('\n');
    const verdicts = (await readFile(paths.verdicts, 'utf8')).trimEnd().split('\n');
    const shuffled = (lines: string[]) => fc.shuffledSubarray(lines, { minLength: lines.length });
    await fc.assert(
      fc.asyncProperty(shuffled(sessions), shuffled(verdicts), fc.subarray(verdicts, { minLength: 1 }), async (someSessions, someVerdicts, twice) => {
        await writeFile(paths.sessions, `${someSessions.join('\n')}\n`);
        await writeFile(paths.verdicts, `${[...someVerdicts, ...twice].join('\n')}\n`);
        await buildReport(dir);
        expect(await Promise.all(FILES.map(readReport))).toEqual(expected);
      }),
      { numRuns: 3, seed: 1 },
    );
  }, 120_000);
});

test('measured time stands in times.csv alone: equal runs that took another time have equal metrics.csv and sessions.parquet', async () => {
  await cp(GOLDEN_RUN, dir, { recursive: true });
  const took = async (wallMs: number) => {
    const event = { eventId: 'e-1', timeMs: 1000, sessionEnded: { method: 'vanilla', userId: 'u-01', session: 0, wallMs, usage: [] } };
    await writeFile(runPaths(dir).events, `${JSON.stringify(event)}\n`);
    await buildReport(dir);
    return Promise.all(['metrics.csv', 'sessions.parquet', 'times.csv'].map(readReport));
  };
  const [metrics, sessions, times] = await took(2000);
  expect(times).toMatch(/^vanilla,wall_seconds,,2,/m);
  expect(metrics).not.toMatch(/wall_seconds|watt_hours/);
  const again = await took(3000);
  expect(again.slice(0, 2)).toEqual([metrics, sessions]);
  expect(again[2]).toMatch(/^vanilla,wall_seconds,,3,/m);
});

test('a second copy changes nothing; one that says something else is noted, and the same one stays in any order', async () => {
  await cp(GOLDEN_RUN, dir, { recursive: true });
  await buildReport(dir);
  const before = await readReport('metrics.csv');
  const paths = runPaths(dir);
  const text = await readFile(paths.sessions, 'utf8');
  await writeFile(paths.sessions, text + text.split('\n')[0] + '\n');
  await buildReport(dir);
  expect(await readReport('metrics.csv')).toBe(before);
  expect(await readReport('report.md')).not.toContain('Dropped');

  const other = text.split('\n')[0]!.replace('"userTokens":60', '"userTokens":61');
  await writeFile(paths.sessions, `${text}${other}\n`);
  await buildReport(dir);
  const appended = await readReport('metrics.csv');
  await writeFile(paths.sessions, `${other}\n${text}`);
  await buildReport(dir);
  expect(await readReport('metrics.csv')).toBe(appended);
  expect(await readReport('report.md')).toContain('that said something else');
});

test('with every session failed success is 0 and n is that of the plan', async () => {
  const inputs = sampleInputs();
  const keys = ['u-01', 'u-02'].flatMap((userId) => [0, 1].map((session) => ({ userId, session })));
  await writeRun(dir, {
    inputs,
    manifest: sampleManifest(inputs, { methods: ['notes'] }),
    sessions: keys.map(({ userId, session }) => sampleSession('notes', userId, session, { status: SessionStatus.SIM_ERROR, replies: 1 })),
    verdicts: keys.map(({ userId, session }) => sampleTask('notes', userId, session, true)),
  });
  await buildReport(dir);
  expect(await csvValue('notes', 'success')).toEqual(['0', '0', '0', '4']);
  expect(await csvValue('notes', 'success_draft_judged')).toEqual(['0', '0', '0', '4']);
  expect(await csvValue('notes', 'error_rate')).toEqual(['1', '1', '1', '4']);
});

test('without verdicts a score is empty, not zero', async () => {
  const inputs = sampleInputs();
  const manifest = sampleManifest(inputs, { methods: ['notes'], sessions: 1 });
  const sessions = ['u-01', 'u-02'].map((userId) => sampleSession('notes', userId, 0));
  await writeRun(dir, { inputs, manifest, sessions, verdicts: [sampleTask('notes', 'u-01', 0, null), sampleTurns('notes', 'u-01', 0, [{}, null])] });
  await buildReport(dir, { allowIncomplete: true });
  expect(await csvValue('notes', 'success')).toEqual(['', '', '', '0']);
  expect(await csvValue('notes', 'compliance_micro')).toEqual(['', '', '', '0']);
  expect(await csvValue('notes', 'over_personalization_rate')).toEqual(['0', '0', '0', '1']);
  expect(await csvValue('notes', 'task_unscored_share')).toEqual(['1', '1', '1', '2']);
  expect(await csvValue('notes', 'turns_unscored_share')).toEqual(['0.75', '0.5', '1', '2']);
  const page = await readReport('report.md');
  expect(page).toContain('| Task success ↑ | % | – |');
  expect(page).toContain('Finished sessions wait for a verdict (resume the run to judge them): notes 1 of 2 for the task, 1 for the turns.');
});

test('missing sessions are refused, or count as failures and are listed', async () => {
  await writeRun(dir, {
    sessions: [sampleSession('vanilla', 'u-01', 0), sampleSession('notes', 'u-01', 0)],
    verdicts: ['vanilla', 'notes'].flatMap((method) => [sampleTask(method, 'u-01', 0, true), sampleTurns(method, 'u-01', 0, [{}, {}])]),
  });
  await expect(buildReport(dir)).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/found 6 without a record and 0 without all verdicts; finish the run with --resume, or .*--allow-incomplete\.$/),
  });
  await buildReport(dir, { allowIncomplete: true });
  expect(await csvValue('notes', 'success')).toEqual(['0.25', '0', '0.5', '4']);
  expect(await csvValue('notes', 'timeout_rate')).toEqual(['0', '0', '0', '1']);
  const page = await readReport('report.md');
  expect(page).toContain('- vanilla, user u-01: session 1\n- vanilla, user u-02: sessions 0-1\n');
  expect(page).toContain('6 of 8 planned sessions have no record');
});

test('records outside the plan are left out and noted', async () => {
  await cp(GOLDEN_RUN, dir, { recursive: true });
  await buildReport(dir);
  const before = await readReport('metrics.csv');
  const { sessions } = runPaths(dir);
  const text = await readFile(sessions, 'utf8');
  await writeFile(sessions, `${text}${text.split('\n')[0]!.replace('"session":0', '"session":9')}\n`);
  await buildReport(dir);
  expect(await readReport('metrics.csv')).toBe(before);
  expect(await readReport('index.html')).toContain('Left out: 1 session record of a method, user or session');
});

test('only a run with simulated models says so, on the first line', async () => {
  const inputs = sampleInputs();
  const manifest = (simulated: boolean) => sampleManifest(inputs, { methods: ['notes'], sessions: 1, simulated });
  await writeRun(dir, { inputs, manifest: manifest(true), sessions: [], verdicts: [] });
  expect((await buildReport(dir, { allowIncomplete: true })).split('\n')[0]).toMatch(/simulated.*nothing about real models/);
  expect((await readReport('report.md')).split('\n')[0]).toMatch(/simulated.*nothing about real models/);
  expect(await readReport('index.html')).toMatch(/<body>\n<p class="simulated"/);

  const real = join(folder, 'real');
  await writeRun(real, { inputs, manifest: manifest(false), sessions: [], verdicts: [] });
  expect(await buildReport(real, { allowIncomplete: true })).not.toContain('simulated');
  expect(await readFile(join(real, 'report/index.html'), 'utf8')).not.toContain('were simulated');
});

test('text from data never becomes markup', async () => {
  const evil = '<script>alert(1)</script>"\' | `x` [a](http://b)\u001b[31m';
  const inputs = sampleInputs(['u-01', evil]);
  const manifest = sampleManifest(inputs, { methods: ['vanilla', evil], sessions: 1, name: evil });
  await writeRun(dir, {
    inputs,
    manifest: { ...manifest, models: { agent: { endpoint: 'http://me:secret@host/v1?key=secret', model: evil } }, promptHashes: { [evil]: evil } },
    sessions: [sampleSession(evil, evil, 0, { faults: [evil] })],
    verdicts: [],
  });
  const table = await buildReport(dir, { allowIncomplete: true });
  const page = await readReport('index.html');
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toMatch(/secret|onerror|src=/);
  const markdown = await readReport('report.md');
  expect(markdown).not.toMatch(/(?<!\\)<script|(?<!\\)\]\(http/);
  expect(markdown.split('\n').filter((line) => line.includes('script') && line.startsWith('|')).map((line) => line.match(/(?<!\\)\|/g)?.length)).not.toContain(undefined);
  expect(table).not.toContain('\u001b');
});

test('an unknown baseline is refused with the names that exist', async () => {
  await cp(GOLDEN_RUN, dir, { recursive: true });
  await expect(buildReport(dir, { baseline: 'rag' })).rejects.toThrow('The baseline should be a method of this run (vanilla, notes), found "rag".');
  await buildReport(dir, { baseline: 'notes' });
  expect(await readReport('metrics.csv')).toContain('vanilla,success_minus_notes,,');
});

test('controls stand after the methods in every table, in the manifest\'s order among themselves', async () => {
  const inputs = sampleInputs();
  const methods = ['oracle', 'vanilla', 'frozen', 'notes'];
  const sessions = methods.flatMap((method) => inputs.profiles.map(({ userId }) => sampleSession(method, userId, 0)));
  await writeRun(dir, { inputs, manifest: sampleManifest(inputs, { methods, controls: ['oracle', 'frozen'], sessions: 1 }), sessions, verdicts: [] });
  const table = await buildReport(dir, { allowIncomplete: true });
  expect(table).toMatch(/ vanilla +notes +oracle +frozen\n/);
  expect(await readReport('report.md')).toMatch(/\| vanilla \|[^]*\| notes \|[^]*\| oracle \|[^]*\| frozen \|/);
});
