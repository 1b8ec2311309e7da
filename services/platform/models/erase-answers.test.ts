import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashHex } from '../random.ts';
import { eraseAnswers } from './erase-answers.ts';

test('removes the answers that are somebody’s, drafts of killed processes too, and nothing else of the folder', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'attune-answers-'));
  try {
    const write = async (question: string, text: string, end = '') => {
      const hash = hashHex(question);
      await mkdir(join(dir, hash.slice(0, 2), hash.slice(2, 4)), { recursive: true });
      await writeFile(join(dir, hash.slice(0, 2), hash.slice(2, 4), `${hash}.json${end}`), JSON.stringify({ answer: text }));
    };
    await write('a', 'about Ylva');
    await write('b', 'about Bo');
    await write('c', 'about Ylva', '.123.4.tmp');
    await writeFile(join(dir, 'notes.txt'), 'about Ylva');
    expect(await eraseAnswers(dir, (bytes) => bytes.includes('Ylva'))).toEqual({ read: 3, erased: 2 });
    expect(await eraseAnswers(dir)).toEqual({ read: 1, erased: 1 });
    expect((await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['notes.txt']);
    expect(await eraseAnswers(join(dir, 'nowhere'))).toEqual({ read: 0, erased: 0 });
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a file that somebody else removes meanwhile does not keep the others', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'attune-answers-'));
  try {
    for (const question of ['a', 'b', 'c']) await writeFile(join(dir, `${hashHex(question)}.json`), 'about Ylva');
    const [, second] = await readdir(dir);
    let asked = 0;
    const isTheirs = () => {
      asked += 1;
      if (asked === 1) rmSync(join(dir, second!));
      return true;
    };
    expect(await eraseAnswers(dir, isTheirs)).toEqual({ read: 2, erased: 2 });
    expect(await readdir(dir)).toEqual([]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
