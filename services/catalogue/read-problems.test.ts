import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { testDataPath } from '../../test/support/test-data.ts';
import { domainOf } from './problem-domain.ts';
import { problemBank } from './problem-bank.ts';
import { readProblems } from './read-problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-problems-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('readProblems', () => {
  test('names the dataset after the file, numbers the problems and keeps given ids', () => {
    const problems = readProblems(file('math-500-test20.json', JSON.stringify([{ problem: 'p', solution: 's', level: 'Level 4', type: 'Algebra' }, { id: 'x', problem: 'q', solution: 5 }])));
    expect(problems.map(({ task, solution, level }) => [task?.problemId, task?.dataset, task?.domain, solution, level])).toEqual([
      ['math-500-0000', 'math-500', 'math', 's', 4],
      ['x', 'math-500', 'math', '5', 0],
    ]);
    expect(problems[0]?.task?.instruction).toMatch(/mathematics/);
  });

  test('takes dataset and limit from the options, the domain from the record', () => {
    const path = file('any.jsonl', '{"problem":"p","solution":"s","domain":"writing"}\n{"problem":"q","solution":"s"}\n');
    expect(readProblems(path, { dataset: 'logiqa', limit: 1 }).map(({ task }) => [task?.problemId, task?.domain])).toEqual([['logiqa-0000', 'writing']]);
    expect(readProblems(path, { dataset: 'logiqa' })[1]?.task?.domain).toBe('logic');
  });

  test('lists at most five problems, by file and line, and counts the rest', () => {
    const path = file('bad.jsonl', `{"problem":"p","solution":"s"}\n${'{"problem":""}\nnot json\n'.repeat(3)}`);
    expect(() => readProblems(path)).toThrow(new RegExp(`bad\\.jsonl[^]*line 2: problem: must not be empty[^]*line 2: solution[^]*line 3: [^]*and 4 more`));
  });

  test.each([
    [{ problem: 'p', solution: 's', level: 6 }, /level/],
    [{ problem: 'p', solution: 's', level: 'hard' }, /level/],
    [{ problem: 'p', solution: 's', domain: 'sports' }, /domain/],
    [[], /expected an object/],
  ])('refuses %j', (record, message) => expect(() => readProblems(file('one.json', JSON.stringify([record])))).toThrow(message));

  test('refuses two problems with one id and a senseless limit', () => {
    const record = { id: 'a', problem: 'p', solution: 's' };
    expect(() => readProblems(file('two.json', JSON.stringify([record, record])))).toThrow(/problem id "a" was already used/);
    expect(() => readProblems(file('limit.json', JSON.stringify([record])), { limit: 0 })).toThrow(/from 1; found 0/);
  });

  const real = testDataPath('multisessioncollab/logiqa-test20.json');
  test.skipIf(real === null)('reads a public set', () => {
    expect(readProblems(real ?? '').map(({ task }) => task?.domain)).toEqual(Array.from({ length: 20 }, () => 'logic'));
  });
});

test.each([
  ['math-hard', '', 'math'],
  ['aime-2024', '', 'math'],
  ['humaneval', '', 'code'],
  ['bigcodebench', '', 'code'],
  ['livecodebench', '', 'code'],
  ['medqa', '', 'medicine'],
  ['mmlu', '', 'science'],
  ['gpqa', '', 'science'],
  ['mine', 'Number Theory', 'math'],
  ['mine', 'code', 'code'],
  ['mine', '', 'general'],
])('dataset %s with type %j is %s', (dataset, type, domain) => expect(domainOf(dataset, type)).toBe(domain));

test('the problem bank is valid, has its own name, and tells every level', () => {
  const problems = problemBank();
  expect(problems.length).toBeGreaterThan(20);
  expect(new Set(problems.map(({ task }) => task?.dataset))).toEqual(new Set(['attune-bank']));
  expect(problems.filter(({ level }) => level < 1)).toEqual([]);
});
