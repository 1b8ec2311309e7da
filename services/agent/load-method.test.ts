import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { listMethods, loadMethod } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune methods ä '));
const url = pathToFileURL(`${folder}/`);
afterAll(() => rmSync(folder, { recursive: true }));

function add(name: string, source: string, prompts: Record<string, string> = {}): void {
  mkdirSync(join(folder, name, 'prompts'), { recursive: true });
  writeFileSync(join(folder, name, 'method.ts'), source);
  for (const [file, text] of Object.entries(prompts)) writeFileSync(join(folder, name, 'prompts', file), text);
}

const SOURCE = `export default { summary: 'S.', version: '1', initialState: null, recall: async () => ({ block: '' }) };`;

describe('loadMethod', () => {
  test('finds a method and its prompts, also in a folder with blanks in its path', async () => {
    add('mine_2', SOURCE, { 'block.md': 'Say {{words}}.', 'notes.txt': 'no prompt' });
    const { name, method, prompts } = await loadMethod('mine_2', url);
    expect([name, method.summary, [...prompts.keys()]]).toEqual(['mine_2', 'S.', ['block']]);
    expect(prompts.get('block')!.render({ words: 'yes' })).toBe('Say yes.');
  });

  test('lists names, without templates and files', () => {
    for (const name of ['_template', 'Upper', 'a-b', 'zoo']) add(name, SOURCE);
    writeFileSync(join(folder, 'file'), '');
    expect(listMethods(url)).toEqual(['mine_2', 'zoo']);
    expect(listMethods()).toEqual([...listMethods()].sort());
    expect(listMethods()).toContain('vanilla');
  });

  test('an unknown name is answered with the known ones; a path is no name', async () => {
    for (const name of ['nothing', '../agent', 'mine_2/', '']) {
      await expect(loadMethod(name, url)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('mine_2, zoo') });
    }
  });

  test('a file that exports no method says what it should', async () => {
    add('broken', 'export const method = 1;');
    add('stateless', 'export default { recall: async () => ({ block: "" }) };');
    for (const name of ['broken', 'stateless']) {
      await expect(loadMethod(name, url)).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining(`${name}/method.ts must export`) });
    }
    add('empty_prompt', SOURCE, { 'block.md': ' \n' });
    await expect(loadMethod('empty_prompt', url)).rejects.toThrow(/block\.md is empty/);
  });
});
