import { expect, test } from 'vitest';
import { isLineOf, namesUser } from './lines.ts';

test.each([
  [{ method: 'rag', userId: 'u-1', session: 0 }, true],
  [{ method: 'rag', userId: 'u-10', session: 0, greeting: 'u-1' }, false],
  [{ sessionStarted: { key: { user: { userId: 'u-1' } } } }, true],
  [{ turnCompleted: { key: { user: { userId: 'u-10' } } } }, false],
  [{ sessionEnded: { userId: 'u-1' } }, true],
  [{ sessionJudged: { userId: 'u-1', stage: 'task' } }, true],
  [{ faultSeen: { detail: 'rag/u-1: The method said "u-10".' } }, true],
  [{ faultSeen: { detail: 'rag/u-10/3/task: no answer' } }, false],
  [{ runStarted: { sessionsPlanned: 4 } }, false],
])('%j is about u-1: %s', (line, expected) => {
  expect(isLineOf(JSON.stringify(line), 'u-1')).toBe(expected);
});

test('ids with characters of patterns, and at the end of a sentence', () => {
  expect(namesUser('Session 3 of rag/u.1(a)+: no', 'u.1(a)+')).toBe(true);
  expect(namesUser('Session 3 of rag/uX1(a)+: no', 'u.1(a)+')).toBe(false);
  expect(namesUser('It was rag/u-1.', 'u-1')).toBe(true);
  expect(namesUser('It was rag/u-1.2 again.', 'u-1')).toBe(false);
});
