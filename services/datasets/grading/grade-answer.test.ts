import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gradeAnswer } from './grade-answer.ts';
import { findPython } from './isolation.ts';

const python = await findPython();
if (python === null) process.stderr.write('python3 was not found: the tests of code grading are skipped.\n');

const of = (answerKind: string, solution: string, problem = '') => ({ answerKind, problem, solution, tests: '', entryPoint: '' });
const verdict = async (problem: Parameters<typeof gradeAnswer>[0], answer: string) => (await gradeAnswer(problem, answer, { runPrograms: true })).verdict;

describe('gradeAnswer', () => {
  test.each([
    ['math', 'Adding gives $\\boxed{\\frac{3}{4}}$.', 'The answer is 0.75.', 'correct'],
    ['math', 'Adding gives $\\boxed{\\frac{3}{4}}$.', '0.7', 'wrong'],
    ['math', 'So $\\boxed{2(x+1)}$.', 'I worked on it and it came out quite nicely', 'undecided'],
    ['math', 'So $\\boxed{2(x+1)}$.', '2x + 2', 'correct'],
    ['math', 'So $\\boxed{2\\sqrt 3}$.', '\\sqrt{13}', 'wrong'],
    ['math', 'So $\\boxed{\\sin 2x}$.', '2 \\sin x \\cos x', 'undecided'],
    ['math', 'So $\\boxed{(1, 2)}$.', '(2, 1)', 'wrong'],
    ['number', 'Twelve boxes of 6.\n#### 72', 'The final answer is 72 eggs.', 'correct'],
    ['number', '72', '71', 'wrong'],
    ['integer', '#### 204', '204.', 'correct'],
    ['integer', '204', "I don't know", 'wrong'],
    ['text', 'Lake Geneva', 'the lake geneva', 'correct'],
    ['text', 'Lake Geneva', 'Lake Como', 'undecided'],
    ['text', 'Answer: yes', 'No.', 'wrong'],
  ])('%s: %j answered with %j is %s', async (kind, solution, answer, expected) => expect(await verdict(of(kind, solution), answer)).toBe(expected));

  const LETTERS = 'Which metal is liquid at 20 °C?\n\nA. iron\nB. mercury\nC. tin';
  const NUMBERS = 'Which one is even?\n0. 7\n1. 12\n2. 15';
  const INLINE = 'Which follows? (A) Some are red. (B) All are red. (C) None is red.';
  test.each([
    [LETTERS, 'B', 'The answer is (B).', 'correct'],
    [LETTERS, 'mercury', 'B', 'correct'],
    [LETTERS, 'B. mercury', 'Mercury', 'correct'],
    [LETTERS, 'mercury', 'C', 'wrong'],
    [LETTERS, 'mercury', 'tin', 'wrong'],
    [LETTERS, 'mercury', 'B. tin', 'undecided'],
    [LETTERS, 'mercury', 'gallium', 'undecided'],
    [NUMBERS, '12', '1', 'correct'],
    [NUMBERS, '12', '12', 'correct'],
    [NUMBERS, '12', '15', 'wrong'],
    [INLINE, 'All are red.', 'I choose option (B)', 'correct'],
    [INLINE, '(B)', 'None is red', 'wrong'],
    ['', 'B', 'C', 'wrong'],
  ])('choice %#: %j, %j answered with %j is %s', async (problem, solution, answer, expected) => {
    const { verdict: found } = await gradeAnswer(of('choice', solution, problem), answer);
    expect(found).toBe(expected);
  });

  describe.skipIf(python === null)('code', () => {
    const code = (tests: string, problem = '') => ({ answerKind: 'code', problem, solution: '', tests, entryPoint: 'total' });
    const CHECK = 'def check(f):\n    assert f([1, 2]) == 3\n\ncheck(total)\n';

    test.each([
      ['```python\ndef total(values):\n    return sum(values)\n```', 'correct'],
      ['```python\ndef total(values):\n    return len(values)\n```', 'wrong'],
      ['    return sum(values)', 'correct'],
      ['I would add them up.', 'wrong'],
      ['```python\nimport a_package_nobody_has\ndef total(values):\n    return 3\n```', 'undecided'],
    ])('function: %j is %s', async (answer, expected) => {
      expect(await verdict(code(CHECK, 'Complete:\n\nfrom typing import List\n\ndef total(values: List[int]) -> int:\n    """The sum."""'), answer)).toBe(expected);
    });

    test.each([
      ['print(int(input()) * 2)', 'correct'],
      ['print(float(input()) * 2)', 'correct'],
      ['print(int(input()) + 2)', 'wrong'],
    ])('standard input and output: %s is %s', async (answer, expected) => {
      const cases = [{ input: '2\n', output: '4\n' }, { input: '-5\n', output: '-10' }];
      expect(await verdict({ ...code(JSON.stringify({ type: 'stdio', cases })), entryPoint: '' }, answer)).toBe(expected);
      const header = `# attune-tests: ${JSON.stringify({ form: 'stdio', prelude: 'import math\n', used: 2, of: 2, cases })}\n`;
      expect(await verdict({ ...code(header), entryPoint: '' }, `\`\`\`python\n${answer}\n\`\`\``)).toBe(expected);
    });

    test('an endless loop is wrong, a problem without tests undecided, broken JSON an error', async () => {
      expect(await gradeAnswer(code(CHECK), 'def total(values):\n    while True:\n        pass', { runPrograms: true, timeoutMs: 500 })).toMatchObject({ verdict: 'wrong', detail: 'timeout: killed after 500 ms' });
      expect(await verdict(code(''), 'def total(values): pass')).toBe('undecided');
      await expect(gradeAnswer(code('{"type": "stdin"}'), 'def total(values): pass', { runPrograms: true })).rejects.toMatchObject({ code: 'invalid_argument' });
    });

    test('no program is run unless that is asked for, whatever else is', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'attune-grade-'));
      const mark = join(folder, 'ran');
      const answer = `import os\nos.rename(${JSON.stringify(folder)}, ${JSON.stringify(mark)})\ndef total(values):\n    return sum(values)`;
      for (const options of [undefined, {}, { timeoutMs: 5_000 }, { runPrograms: false }]) {
        expect(await gradeAnswer(code(CHECK), answer, options)).toEqual({ verdict: 'undecided', how: 'tests', detail: 'Programs in answers are run only when that is asked for.' });
      }
      expect(existsSync(folder)).toBe(true);
      rmSync(folder, { recursive: true });
    });
  });
});
