import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { testDataPath } from '../../test/support/test-data.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { generateProfiles } from './generate-profiles.ts';
import { readProfiles } from './read-profiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-profiles-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function problemOf(read: () => unknown): AttuneError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof AttuneError) return thrown;
    throw thrown;
  }
  throw new Error('expected an AttuneError');
}

const flat = (i: number) => ({ i, persona: 'A person', categories: ['tone'], preferences: ['Be blunt.'] });
const conditional = {
  user_id: 'user_1a2b3c4d',
  persona: 'A person',
  meta: { seed: 1 },
  preferences: [
    { id: 'a', condition: 'I say so', action: 'use bullets', conflict_group: 'format', priority_context: ['Say So'], check: { kind: 'rule', rule: 'bullets' } },
    { pref_id: 'b', condition: 'listing', preference: 'use numbered steps', conflict_group: 'format' },
    { id: 'c', action: 'be wise', conflict_group: null },
  ],
  conflict_groups: { format: ['a', 'b'] },
};

describe('readProfiles', () => {
  test('reads the flat form', () => {
    expect(readProfiles(file('flat.json', JSON.stringify([flat(7)])))).toEqual([
      { userId: 'user_0007', persona: 'A person', source: 'flat.json', conflictGroups: [], preferences: [{ id: 'p1', condition: '', action: 'Be blunt.', conflictGroup: '', cues: [], category: 'tone', rule: 'blunt' }] },
    ]);
  });

  test('reads the conditional form with its older field names', () => {
    const [profile] = readProfiles(file('conditional.json', JSON.stringify({ profiles: [conditional] })));
    expect(profile?.userId).toBe('user_1a2b3c4d');
    expect(profile?.preferences.map(({ id, action, rule }) => [id, action, rule])).toEqual([['a', 'use bullets', 'bullets'], ['b', 'use numbered steps', 'numbered-steps'], ['c', 'be wise', '']]);
    expect(profile?.preferences[0]?.cues).toEqual(['say so']);
    expect(profile?.conflictGroups).toEqual([{ name: 'format', preferenceIds: ['a', 'b'] }]);
  });

  test('reads JSONL with a byte order mark, Windows line ends and blank lines, and cuts at the limit', () => {
    const path = file('a.jsonl', `\uFEFF${JSON.stringify(flat(1))}\r\n\r\n${JSON.stringify(flat(2))}\r\n`);
    expect(readProfiles(path).map((profile) => profile.userId)).toEqual(['user_0001', 'user_0002']);
    expect(readProfiles(path, { limit: 1 })).toHaveLength(1);
  });

  test('reads what Profile.toJSON writes, unchanged', () => {
    const profiles = generateProfiles({ count: 3, seed: 5 });
    const path = file('own.jsonl', profiles.map((profile) => JSON.stringify(Profile.toJSON(profile))).join('\n'));
    expect(readProfiles(path).map(({ conflictGroups: _, ...rest }) => rest)).toEqual(profiles.map(({ conflictGroups: _, ...rest }) => rest));
  });

  test('reports every problem of an array with line and item', () => {
    const path = file('bad.json', `[\n  ${JSON.stringify(flat(1))},\n  {"i": 2,\n   "persona": "", "preferences": ["x"]},\n\n  ${JSON.stringify(flat(1))},\n  5\n]`);
    const problem = problemOf(() => readProfiles(path));
    expect(problem.code).toBe('invalid_argument');
    expect(problem.message).toContain(path);
    expect(problem.message).toContain('line 3 (item 1): persona: must not be empty');
    expect(problem.message).toContain('line 6 (item 2): the user id "user_0001" was already used at line 2 (item 0)');
    expect(problem.message).toContain('line 7 (item 3): expected an object');
  });

  test('reports problems of JSONL by line, and of a preference by its place', () => {
    const lines = [JSON.stringify(flat(1)), '{oops}', JSON.stringify({ ...conditional, preferences: [{ condition: 'x' }] }), JSON.stringify({ ...conditional, conflict_groups: { format: ['z'] } })];
    const { message } = problemOf(() => readProfiles(file('bad.jsonl', lines.join('\n'))));
    expect(message).toMatch(/line 2: .*not JSON/);
    expect(message).toContain('line 3: preferences[0]: needs an "id"');
    expect(message).toContain('line 4: conflict_groups names preferences that this profile does not hold: "z"');
  });

  test('refuses unknown rule checks', () => {
    const profile = { ...conditional, preferences: [{ id: 'a', action: 'x', check: { kind: 'rule', rule: 'nope' } }], conflict_groups: {} };
    expect(problemOf(() => readProfiles(file('rule.json', JSON.stringify([profile])))).message).toContain('"nope", which does not exist');
  });

  test.each([
    ['missing', () => join(folder, 'none.json'), 'not_found', /There is no file/],
    ['a folder', () => folder, 'invalid_argument', /is a folder/],
    ['empty', () => file('empty.json', ''), 'invalid_argument', /holds no profiles/],
    ['not UTF-8', () => file('latin.json', Uint8Array.from([0x5b, 0xff, 0x5d])), 'invalid_argument', /not UTF-8/],
    ['cut short', () => file('cut.json', '[\n{"i": 1,\n'), 'invalid_argument', /line 3: not JSON, expected a name in double quotes/],
    ['another object', () => file('object.json', '{\n"a": 1}'), 'invalid_argument', /an object with an array "profiles"/],
  ])('a file that is %s gives a sentence', (_, path, code, message) => {
    const problem = problemOf(() => readProfiles(path()));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(message);
  });

  const real = testDataPath('multisessioncollab/profiles-000-049.json');
  test.skipIf(real === null)('reads a public set of flat profiles, each preference with a rule check', () => {
    const profiles = readProfiles(real ?? '');
    expect(profiles).toHaveLength(50);
    expect(profiles.flatMap((profile) => profile.preferences).filter((preference) => preference.rule === '')).toEqual([]);
  });
});
