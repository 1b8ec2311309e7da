import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openAppendLog, readLines } from './append-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = (): string => join(folder, `${(files += 1)}.ndjson`);

async function read(path: string, options?: Parameters<typeof readLines>[1]): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line, number } of readLines(path, options)) {
    lines.push(line);
    expect(number).toBe(lines.length);
  }
  return lines;
}

describe('openAppendLog', () => {
  test('many writers at once: every line, in the order of the calls', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    const lines = Array.from({ length: 2_000 }, (_, index) => JSON.stringify({ index, text: 'ü'.repeat(index % 50) }));
    await Promise.all(lines.map((line) => log.append(line)));
    await log.close();
    expect(await read(path)).toEqual(lines);
  });

  test('a lone writer who waits for each line', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    for (let index = 0; index < 20; index += 1) await log.append(String(index));
    await log.close();
    expect(await read(path)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });

  test('an acknowledged line is in the file, before close', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    await log.append('first');
    expect(readFileSync(path, 'utf8')).toBe('first\n');
    await log.close();
  });

  test('groups above the byte limit are split, and a line above it is a group of its own', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    const lines = [5, 1, 3, 2].map((size, index) => String(index).repeat(size * 1024 * 1024));
    await Promise.all(lines.map((line) => log.append(line)));
    await log.close();
    expect((await read(path)).map((line) => line.length)).toEqual(lines.map((line) => line.length));
  });

  test('close writes what waits, and then refuses', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    const appended = log.append('a');
    await Promise.all([log.close(), log.close(), appended]);
    await expect(log.append('b')).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(await read(path)).toEqual(['a']);
  });

  test('a line with a line end inside is refused and harms no other', async () => {
    const path = newPath();
    const log = await openAppendLog(path);
    await expect(log.append('a\nb')).rejects.toMatchObject({ code: 'invalid_argument' });
    await log.append('c');
    await log.close();
    expect(await read(path)).toEqual(['c']);
  });

  test.each([
    ['', 0, []],
    ['a\n', 0, ['a']],
    ['a\n{"cut', 5, ['a']],
    ['{"cut', 5, []],
    [`a\n${'x'.repeat(200_000)}`, 200_000, ['a']],
    [`${'x'.repeat(65_536)}\ny`, 1, ['x'.repeat(65_536)]],
  ])('a torn last line is cut (case %#)', async (content, cutBytes, lines) => {
    const path = newPath();
    writeFileSync(path, content);
    const log = await openAppendLog(path);
    expect(log.cutBytes).toBe(cutBytes);
    await log.append('next');
    await log.close();
    expect(await read(path)).toEqual([...lines, 'next']);
  });

  test.runIf(process.platform === 'linux')('a full disk rejects every waiting append and breaks the log', async () => {
    // Linux's device for this test: every write to it fails with ENOSPC.
    const log = await openAppendLog('/dev/full');
    const outcomes = await Promise.allSettled([log.append('a'), log.append('b'), log.append('c')]);
    await expect(log.append('d')).rejects.toMatchObject({ code: 'resource_exhausted' });
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'Cannot write /dev/full: the disk is full; free some space and try again.' } });
    }
    await log.close();
  });

  test('a path that cannot be opened is a sentence', async () => {
    await expect(openAppendLog(join(folder, 'none', 'x.ndjson'))).rejects.toThrow('there is no such file or folder');
    await expect(openAppendLog(folder)).rejects.toThrow('it is a folder; name a file');
  });

  test('SIGKILL while appending: every acknowledged line is there', async () => {
    const path = newPath();
    const script = `
      import { openAppendLog } from ${JSON.stringify(fileURLToPath(new URL('./append-log.ts', import.meta.url)))};
      const log = await openAppendLog(${JSON.stringify(path)});
      let next = 0;
      const write = async () => { for (;;) { const id = next++; await log.append(JSON.stringify({ id, pad: 'x'.repeat(id % 3000) })); process.stdout.write(id + '\\n'); } };
      await Promise.all(Array.from({ length: 16 }, write));
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.length > 2_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = output.split('\n').slice(0, -1).map(Number);
    const log = await openAppendLog(path);
    await log.close();
    const ids = (await read(path)).map((line) => (JSON.parse(line) as { id: number }).id);
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(ids).toEqual(Array.from(ids, (_, index) => index));
    expect(ids.length).toBeGreaterThan(Math.max(...acknowledged));
  }, 30_000);
});

describe('readLines', () => {
  test('gives back any lines, wherever the pieces of the file begin', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 50 }).filter((line) => !line.includes('\n'))), async (lines) => {
        const path = newPath();
        writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
        expect(await read(path)).toEqual(lines);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('only \\n ends a line; a long line crosses pieces', async () => {
    const path = newPath();
    const lines = ['a\rb\u2028c\u0085', 'é'.repeat(400_000), ''];
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(await read(path)).toEqual(lines);
  });

  test('an unfinished last line is left out, or kept on request', async () => {
    const path = newPath();
    writeFileSync(path, 'a\nb');
    expect(await read(path)).toEqual(['a']);
    expect(await read(path, { tail: 'keep' })).toEqual(['a', 'b']);
  });

  test('a missing file is a sentence', async () => {
    await expect(read(join(folder, 'none'))).rejects.toThrow(/^Cannot read .*: there is no such file or folder/);
  });
});
