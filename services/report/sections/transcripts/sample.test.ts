import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VerdictStatus } from '../../../gen/attune/judge/v1/judge.ts';
import { SessionStatus } from '../../../gen/attune/record/v1/record.ts';
import { sampleInputs, sampleSession } from '../../sample-run.ts';
import { createTranscriptSample } from './sample.ts';
import type { TranscriptSample } from './model.ts';
import type { JudgedSession } from './transcript.ts';

const METHODS = ['vanilla', 'notes'];
const USERS = Array.from({ length: 12 }, (_, index) => `u-${String(index).padStart(2, '0')}`);
const { profiles } = sampleInputs(USERS);

/** Every third session of "notes" has a wrong answer, every seventh timed out. */
const items: JudgedSession[] = METHODS.flatMap((method) =>
  USERS.flatMap((userId, user) =>
    [0, 1, 2, 3].map((session) => ({
      record: sampleSession(method, userId, session, { replies: 1 + ((user * 3 + session) % 5), status: (user + session) % 7 === 6 ? SessionStatus.TIMEOUT : SessionStatus.OK }),
      task: { status: VerdictStatus.SCORED, reason: '', correct: method === 'vanilla' || (user + session) % 3 > 0, reasoning: 'Compared.', certainty: 1, votes: [] },
    })),
  ),
);

function sampleOf(found: readonly JudgedSession[], maxBytes?: number, users?: readonly string[]): TranscriptSample {
  const sample = createTranscriptSample({ seed: 7, methods: METHODS, maxBytes, users });
  for (const item of found) sample.add(item);
  return sample.finish(profiles);
}

const bytesOf = ({ sessions }: TranscriptSample) => Buffer.byteLength(JSON.stringify(sessions));
const namesOf = ({ sessions }: TranscriptSample) => sessions.map(({ method, userId, session }) => `${method} ${userId} ${session}`);

test('what fits is there whole, in the order of the plan, with the texts of its preferences', () => {
  const all = sampleOf(items);
  expect(all.total).toBe(96);
  expect(namesOf(all)).toEqual(items.map(({ record }) => `${record.method} ${record.userId} ${record.session}`));
  expect(all.preferences['u-03']).toEqual({ p1: 'answer in at most three sentences', p2: 'When asking for code: name the language of every block' });
});

test('a limit holds, whatever it is, and the order of arrival does not matter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60_000 }), fc.shuffledSubarray(items, { minLength: items.length }), (maxBytes, shuffled) => {
      const sample = sampleOf(shuffled, maxBytes);
      expect(bytesOf(sample)).toBeLessThanOrEqual(maxBytes + 2);
      expect(sample.total).toBe(96);
      expect(sample).toEqual(sampleOf(items, maxBytes));
    }),
    { numRuns: 30, seed: 3 },
  );
});

test('a sample has whole trajectories, alike for every method, and failures of other users', () => {
  const sample = sampleOf(items, Math.round(bytesOf(sampleOf(items)) / 3));
  const whole = USERS.filter((userId) => METHODS.every((method) => sample.sessions.filter((one) => one.method === method && one.userId === userId).length === 4));
  expect(whole.length).toBeGreaterThanOrEqual(2);
  const others = sample.sessions.filter(({ userId }) => !whole.includes(userId));
  expect(others.some(({ status }) => status === 'timeout')).toBe(true);
  expect(others.some(({ method, task }) => method === 'notes' && task?.correct === false)).toBe(true);
  expect(new Set(others.filter(({ status, task }) => status !== 'ok' || task?.correct === false).map(({ method }) => method))).toEqual(new Set(METHODS));
  expect(Object.keys(sample.preferences).sort()).toEqual([...new Set(sample.sessions.map(({ userId }) => userId))].sort());
});

test('asked for users, only theirs are counted and shown', () => {
  const sample = sampleOf(items, undefined, ['u-02', 'u-05']);
  expect(sample.total).toBe(16);
  expect(new Set(sample.sessions.map(({ userId }) => userId))).toEqual(new Set(['u-02', 'u-05']));
});
