import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSessions, readVerdicts } from './read-records.ts';
import { createRunFolder, openRunFolder } from './run-folder.ts';
import { runPaths } from './run-paths.ts';
import { sampleInputs, sampleManifest } from './sample-run.ts';

const inputs = sampleInputs();
const manifest = sampleManifest(inputs);
let folder: string;
let dir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-folder-'));
  dir = join(folder, 'runs', 'one');
});
afterEach(() => rm(folder, { recursive: true }));

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const item of items) count += item ? 1 : 0;
  return count;
}

test('what is created can be opened, and has no records yet', async () => {
  await createRunFolder(dir, manifest, inputs);
  expect(await readdir(dir)).toEqual(['inputs.json', 'manifest.json']);
  expect(await openRunFolder(dir)).toEqual({ manifest, inputs });
  expect(await drain(readSessions(dir))).toBe(0);
  expect(await drain(readVerdicts(dir))).toBe(0);
});

test('an empty folder is used, a run is not overwritten, other files are not mixed with a run', async () => {
  await mkdir(dir, { recursive: true });
  await createRunFolder(dir, manifest, inputs);
  await expect(createRunFolder(dir, manifest, inputs)).rejects.toMatchObject({ code: 'already_exists', message: expect.stringContaining(`--resume ${dir}`) });
  const other = join(folder, 'other');
  await mkdir(other);
  await writeFile(join(other, 'thesis.tex'), 'text');
  await expect(createRunFolder(other, manifest, inputs)).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('should be new or empty, found thesis.tex and no manifest.json'),
  });
  expect(await readdir(other)).toEqual(['thesis.tex']);
});

test('a place that cannot be a folder is a sentence and leaves nothing', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(createRunFolder(join(file, 'run'), manifest, inputs)).rejects.toThrow(/^Cannot make the run folder .*: a part of the path is a file/);
  await expect(createRunFolder(file, manifest, inputs)).rejects.toThrow(/^Cannot make the run folder /);
});

test.skipIf(process.getuid?.() === 0)('a folder without write permission is a sentence and leaves nothing', async () => {
  await chmod(folder, 0o500);
  await expect(createRunFolder(dir, manifest, inputs)).rejects.toMatchObject({ code: 'permission_denied' });
  await chmod(folder, 0o700);
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(process.platform === 'linux')('a failure between the two files leaves nothing', async () => {
  // Linux ends a path at 4,095 bytes: the temporary file of inputs.json just fits here, that of manifest.json does not.
  const parts = [folder];
  const left = () => 4040 - parts.join('/').length - 1;
  while (left() > 0) parts.push('d'.repeat(left() === 202 ? 100 : Math.min(200, left())));
  await expect(createRunFolder(parts.join('/'), manifest, inputs)).rejects.toThrow(/^Cannot make the run folder .*ENAMETOOLONG.*manifest/s);
  expect(await readdir(folder)).toEqual([]);
});

test('hashes that are not those of the inputs are refused before anything is made', async () => {
  const wrong = { ...manifest, inputs: { ...manifest.inputs, inputsHash: 'ff' } };
  await expect(createRunFolder(dir, wrong, inputs)).rejects.toThrow(/should carry the hashes of its inputs/);
  expect(await readdir(folder)).toEqual([]);
});

test('changed inputs, a missing or damaged or newer manifest are refused with a sentence', async () => {
  await createRunFolder(dir, manifest, inputs);
  const paths = runPaths(dir);
  await writeFile(paths.inputs, (await readFile(paths.inputs, 'utf8')).replace('patient', 'hasty'));
  await expect(openRunFolder(dir)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringContaining('inputs.json should have the hash') });
  await writeFile(paths.manifest, JSON.stringify({ ...manifest, schemaVersion: 2 }));
  await expect(openRunFolder(dir)).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('should have schemaVersion 1, found 2') });
  await writeFile(paths.manifest, JSON.stringify({ ...manifest, seed: 'x' }));
  await expect(openRunFolder(dir)).rejects.toThrow(/manifest\.json is not a manifest: .*seed/);
  await writeFile(paths.manifest, '{');
  await expect(openRunFolder(dir)).rejects.toThrow(/should be JSON and is not/);
  await rm(paths.manifest);
  await expect(openRunFolder(dir)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('found no manifest.json in it') });
});

test('unknown versions and malformed lines are refused with file and line', async () => {
  await createRunFolder(dir, manifest, inputs);
  const { sessions, verdicts } = runPaths(dir);
  const good = '{"schemaVersion":1,"method":"notes","userId":"u-01","session":0,"status":"SESSION_STATUS_OK"}';
  for (const [line, sentence] of [
    ['{"schemaVersion":2}', 'sessions.ndjson:2 should have schemaVersion 1, found 2; read this run with the Attune version that wrote it.'],
    ['{}', 'sessions.ndjson:2 should have schemaVersion 1, found undefined'],
    ['{"schemaVersion":1,', 'sessions.ndjson:2 should be one JSON object, found "{\\"schemaVersion\\":1,"'],
    ['[1]', 'sessions.ndjson:2 should be one JSON object, found "[1]"'],
    ['', 'sessions.ndjson:2 should be one JSON object, found ""'],
    ['{"schemaVersion":1,"method":"notes","session":0}', 'sessions.ndjson:2 should name a method, a user and a session'],
    [good.replace('_OK', '_GOOD'), 'sessions.ndjson:2 should have a known status, found "SESSION_STATUS_GOOD"'],
  ] as const) {
    await writeFile(sessions, `${good}\n${line}\n${good}\n`);
    await expect(drain(readSessions(dir))).rejects.toThrow(sentence);
  }
  await writeFile(verdicts, '{"schemaVersion":1,"method":"notes","userId":"u-01","session":0}\n');
  await expect(drain(readVerdicts(dir))).rejects.toThrow('verdicts.ndjson:1 should hold a task or a turns verdict, found neither');
});
