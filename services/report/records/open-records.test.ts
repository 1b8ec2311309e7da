import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SessionRecord, SessionStatus, type VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import { runPaths } from '../run-paths.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns, writeRun } from '../sample-run.ts';
import { openRecords } from './open-records.ts';

let folder: string;
let dir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-records-test-'));
  dir = join(folder, 'run');
});
afterEach(() => {
  vi.unstubAllEnvs();
  return rm(folder, { recursive: true });
});

const KEYS = ['vanilla', 'notes'].flatMap((method) => ['u-02', 'u-01'].flatMap((userId) => [1, 0].map((session) => ({ method, userId, session }))));
const SESSIONS = KEYS.map(({ method, userId, session }) => sampleSession(method, userId, session));
const VERDICTS: VerdictRecord[] = KEYS.flatMap(({ method, userId, session }) => [sampleTurns(method, userId, session, [{ followed: ['p1'] }]), sampleTask(method, userId, session, true)]);

async function notesOf(): Promise<string[]> {
  const notes: string[] = [];
  const records = await openRecords(dir, { onNote: (note) => notes.push(note) });
  await records.close();
  return notes;
}

test('whole sessions come by method, user and session, with their verdicts, whatever the order of the lines', async () => {
  await writeRun(dir, { sessions: SESSIONS, verdicts: VERDICTS.slice(0, -1) });
  const records = await openRecords(dir);
  const seen: string[] = [];
  for await (const { record, task, turns, probe } of records.inOrder()) {
    seen.push(`${record.method} ${record.userId} ${record.session}: ${task?.correct} ${turns?.length} ${probe?.followedId}`);
    expect(SessionRecord.toJSON(record)).toEqual(SessionRecord.toJSON(sampleSession(record.method, record.userId, record.session)));
  }
  await records.close();
  expect(seen).toEqual([
    'vanilla u-01 0: true 1 undefined',
    'vanilla u-01 1: true 1 undefined',
    'vanilla u-02 0: true 1 undefined',
    'vanilla u-02 1: true 1 undefined',
    'notes u-01 0: undefined 1 undefined',
    'notes u-01 1: true 1 undefined',
    'notes u-02 0: true 1 undefined',
    'notes u-02 1: true 1 undefined',
  ]);
});

test('every planned session has a row, in a fixed order, recorded or not', async () => {
  await writeRun(dir, { sessions: SESSIONS.slice(0, 1), verdicts: [] });
  const records = await openRecords(dir);
  const rows = await records.sql<{ method: string; user: string; session: number; status: string; user_tokens: number | null }>(
    'SELECT m.name AS method, u.name AS "user", s.session, s.status, s.user_tokens FROM session_rows s JOIN methods m ON m.method = s.method JOIN users u ON u."user" = s."user" ORDER BY s.rowid',
  );
  await records.close();
  expect(rows).toHaveLength(8);
  expect(rows[3]).toEqual({ method: 'vanilla', user: 'u-02', session: 1, status: 'ok', user_tokens: 60 });
  expect(rows[4]).toEqual({ method: 'notes', user: 'u-01', session: 0, status: 'missing', user_tokens: null });
});

test.each([
  ['sessions', '"userTokens":60', '"userTokens":"many"'],
  ['sessions', '"userTokens":60', '"userTokens":-1'],
  ['sessions', '"enforcesPreferences":false', '"enforcesPreferences":"perhaps"'],
  ['sessions', '"turns":[', '"turns":{},"other":['],
  ['sessions', '"usage":[', '"usage":["none"],"other":['],
  ['verdicts', '"followedIds":["p1"]', '"followedIds":"p1"'],
  ['verdicts', '"correct":true', '"correct":[]'],
] as const)('in %s a field of another type is refused with file and line, not read as absent: %s as %s', async (file, right, wrong) => {
  const path = runPaths(dir)[file];
  await writeRun(dir, { sessions: SESSIONS, verdicts: VERDICTS });
  const lines = (await readFile(path, 'utf8')).split('\n');
  const at = lines.findLastIndex((line) => line.includes(right));
  lines[at] = lines[at]!.replace(right, wrong);
  await writeFile(path, lines.join('\n'));
  const sentence = new RegExp(`${file}.ndjson:${at + 1} should hold a record as Attune writes it, found a field of another type \\(.+\\); the line was edited or damaged, restore it from a copy\\.$`);
  await expect(openRecords(dir)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringMatching(sentence) });
  // A line that was cut off does not hide it.
  await appendFile(path, '{"schemaVersion":1,"meth');
  await expect(openRecords(dir)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringMatching(sentence) });
});

test('lines that cannot be read are refused in the words of the streaming readers, with file and line', async () => {
  const { sessions, verdicts } = runPaths(dir);
  await writeRun(dir, { sessions: SESSIONS, verdicts: VERDICTS });
  const good = await readFile(sessions, 'utf8');
  for (const [line, sentence] of [
    ['{"schemaVersion":2}', 'sessions.ndjson:9 should have schemaVersion 1, found 2; read this run with the Attune version that wrote it.'],
    ['{"schemaVersion":1,', 'sessions.ndjson:9 should be one JSON object, found "{\\"schemaVersion\\":1,"'],
    ['[1]', 'sessions.ndjson:9 should be one JSON object, found "[1]"'],
    ['', 'sessions.ndjson:9 should be one JSON object, found ""'],
    ['{"schemaVersion":1,"method":"notes","session":0}', 'sessions.ndjson:9 should name a method, a user and a session'],
    ['{"schemaVersion":1,"method":"notes","userId":"u-01","session":0,"status":"SESSION_STATUS_GOOD"}', 'sessions.ndjson:9 should have a known status, found "SESSION_STATUS_GOOD"'],
    ['{"schemaVersion":1,"method":"notes","userId":"u-01","session":"one","status":"SESSION_STATUS_OK"}', 'sessions.ndjson:9 should name a method, a user and a session'],
  ] as const) {
    await writeFile(sessions, `${good}${line}\n${good}`);
    await expect(openRecords(dir)).rejects.toThrow(sentence);
  }
  await writeFile(sessions, good);
  await appendFile(verdicts, '{"schemaVersion":1,"method":"notes","userId":"u-01","session":0}\n');
  await expect(openRecords(dir)).rejects.toThrow(/verdicts\.ndjson:17 should hold a .*verdict, found/);
});

test('a last line without its line end is left out and noted, also when it could be read', async () => {
  await writeRun(dir, { sessions: SESSIONS.slice(0, 7), verdicts: [] });
  const whole = JSON.stringify(SessionRecord.toJSON(SESSIONS[7]!));
  for (const torn of [whole.slice(0, 40), whole]) {
    await appendFile(runPaths(dir).sessions, torn);
    const records = await openRecords(dir);
    expect(await records.sql('SELECT count(*) AS n FROM session_rows WHERE recorded')).toEqual([{ n: 7 }]);
    await records.close();
    expect(await notesOf()).toEqual(['The last line of sessions.ndjson was cut off and is left out; resuming the run records that session again.']);
    const text = await readFile(runPaths(dir).sessions, 'utf8');
    await writeFile(runPaths(dir).sessions, text.slice(0, -torn.length));
  }
});

test('of copies that differ the same one stays in any order, and those are counted', async () => {
  const other = sampleSession('vanilla', 'u-01', 0, { userTokens: 61 });
  const third = sampleSession('vanilla', 'u-01', 0, { userTokens: 62 });
  const copies = [sampleSession('vanilla', 'u-01', 0), other, third, other, other];
  const kept = new Set<number>();
  for (const order of [copies, [...copies].reverse(), [third, other, copies[0]!, other, other]]) {
    await rm(dir, { recursive: true, force: true });
    await writeRun(dir, { sessions: order, verdicts: [] });
    const notes: string[] = [];
    const records = await openRecords(dir, { onNote: (note) => notes.push(note) });
    const [row] = await records.sql<{ user_tokens: number }>('SELECT user_tokens FROM session_rows WHERE recorded');
    await records.close();
    kept.add(row!.user_tokens);
    expect(notes).toEqual(['Dropped: 2 further copies of a session record that said something else; the files were merged or edited by hand.']);
  }
  expect(kept.size).toBe(1);
});

test('a path may hold quotes and characters of patterns; nothing is left in the temporary folder', async () => {
  dir = join(folder, "it's [a] *run*?");
  await writeRun(dir, { sessions: SESSIONS, verdicts: VERDICTS });
  // A temporary folder of its own: others open records at the same time.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  const records = await openRecords(dir);
  expect(await records.sql('SELECT count(*) AS n FROM session_rows WHERE recorded')).toEqual([{ n: 8 }]);
  expect(await readdir(temporary)).toHaveLength(1);
  await records.close();
  expect(await readdir(temporary)).toEqual([]);
});

test('times come from events, once for each event, and energy from the configured power by the time spent at an endpoint', async () => {
  const inputs = sampleInputs();
  const manifest = { ...sampleManifest(inputs, { methods: ['vanilla'], sessions: 1 }), experiment: { energy: { watts: { 'http://127.0.0.1:8000/v1': 720 } } } };
  const users = ['u-01', 'u-02'];
  await writeRun(dir, { inputs, manifest, sessions: users.map((userId) => sampleSession('vanilla', userId, 0)), verdicts: [] });
  const ended = (userId: string, agent: number, simulator: number) => ({
    schemaVersion: 1,
    eventId: `end-${userId}`,
    timeMs: 10_000,
    sessionEnded: { method: 'vanilla', userId, session: 0, status: 'SESSION_STATUS_OK', wallMs: agent + simulator, usage: [{ role: 'agent', model: 'sim/agent', latencyMs: agent }, { role: 'simulator', model: 'sim/user', latencyMs: simulator }] },
  });
  const events = [{ schemaVersion: 1, eventId: 'start', timeMs: 0, runStarted: { sessionsPlanned: 2 } }, ended('u-01', 1000, 2000), ended('u-02', 3000, 4000), ended('u-02', 3000, 4000)];
  await writeFile(runPaths(dir).events, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const records = await openRecords(dir);
  const rows = await records.sql('SELECT wall_seconds, watt_hours, measuring_watt_hours FROM session_rows ORDER BY "user"');
  await records.close();
  // 720 W over 10 s are 2 Wh, dealt out over 10 s of calls.
  expect(rows).toEqual([
    { wall_seconds: 3, watt_hours: expect.closeTo(0.2), measuring_watt_hours: expect.closeTo(0.4) },
    { wall_seconds: 7, watt_hours: expect.closeTo(0.6), measuring_watt_hours: expect.closeTo(0.8) },
  ]);
});

test('a failed session is counted by its status', async () => {
  await writeRun(dir, { sessions: [sampleSession('notes', 'u-01', 0, { status: SessionStatus.SIM_ERROR }), sampleSession('notes', 'u-01', 1, { status: SessionStatus.AGENT_ERROR })], verdicts: [] });
  const records = await openRecords(dir);
  expect(await records.sql('SELECT status, recorded, finished FROM session_rows WHERE recorded ORDER BY session')).toEqual([
    { status: 'sim_error', recorded: true, finished: false },
    { status: 'agent_error', recorded: true, finished: false },
  ]);
  await records.close();
});
