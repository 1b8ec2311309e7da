import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { assertWritableFolder, writeFileAtomic } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('replaces a file and leaves nothing else behind', async () => {
  const inner = mkdtempSync(join(folder, 'atomic-'));
  await writeFileAtomic(join(inner, 'a.json'), 'old');
  await writeFileAtomic(join(inner, 'a.json'), new Uint8Array([0x6e, 0x65, 0x77]));
  expect(readFileSync(join(inner, 'a.json'), 'utf8')).toBe('new');
  expect(readdirSync(inner)).toEqual(['a.json']);
});

test('a failed write is a sentence, keeps the old and cleans up', async () => {
  const inner = mkdtempSync(join(folder, 'failed-'));
  await expect(writeFileAtomic(join(inner, 'none', 'a.json'), 'x')).rejects.toMatchObject({
    code: 'not_found',
    message: `Cannot write ${join(inner, 'none', 'a.json')}: there is no such file or folder; create it or correct the path.`,
  });
  // The name is taken by a folder, so that the last step fails after the content was written.
  const taken = mkdtempSync(join(inner, 'taken-'));
  writeFileSync(join(taken, 'x'), '');
  await expect(writeFileAtomic(taken, 'x')).rejects.toThrow(`Cannot write ${taken}`);
  expect(readdirSync(inner)).toHaveLength(1);
});

test('a writable folder passes and stays empty', async () => {
  const inner = mkdtempSync(join(folder, 'writable-'));
  await assertWritableFolder(inner);
  expect(readdirSync(inner)).toEqual([]);
});

test('what is no writable folder is named in one sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(assertWritableFolder(file)).rejects.toThrow(`Expected a folder at ${file}, found a file; name another path.`);
  await expect(assertWritableFolder(join(folder, 'missing'))).rejects.toThrow('there is no such file or folder; create it');
});

test.skipIf(process.getuid?.() === 0)('a read-only folder is refused', async () => {
  const inner = mkdtempSync(join(folder, 'readonly-'));
  chmodSync(inner, 0o500);
  await expect(assertWritableFolder(inner)).rejects.toMatchObject({ code: 'permission_denied' });
});
