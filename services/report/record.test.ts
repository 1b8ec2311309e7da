import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Event } from '../gen/attune/event/v1/event.ts';
import { ProbeVerdict } from '../gen/attune/judge/v1/judge.ts';
import type { SessionRecord, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { Probe } from '../gen/attune/simulator/v1/simulator.ts';
import { createInProcessBus, type Bus } from '../platform/bus.ts';
import { createLogger } from '../platform/log.ts';
import { progressOf } from './progress.ts';
import { readSessions, readVerdicts } from './read-records.ts';
import { createRecorder, type Recorder } from './record.ts';
import { createRunFolder } from './run-folder.ts';
import { runPaths } from './run-paths.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns } from './sample-run.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let folder: string;
let dir: string;
let bus: Bus;
let open: Recorder[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-record-'));
  dir = join(folder, 'run');
  bus = createInProcessBus({ log, backoffMs: [] });
  open = [];
  const inputs = sampleInputs();
  await createRunFolder(dir, sampleManifest(inputs), inputs);
});
afterEach(async () => {
  for (const recorder of open) await recorder.close();
  await bus.close();
  await rm(folder, { recursive: true });
});

async function start(on: Bus = bus): Promise<Recorder> {
  const recorder = await createRecorder({ dir, bus: on, log });
  open.push(recorder);
  return recorder;
}

const ended = (record: SessionRecord, eventId: string, runId = 'sample-run') =>
  Event.fromPartial({ eventId, runId, timeMs: 5, fact: { $case: 'sessionEnded', value: { record, wallMs: 12 } } });
const judged = (verdict: VerdictRecord, eventId: string) =>
  Event.fromPartial({ eventId, runId: 'sample-run', timeMs: 6, fact: { $case: 'sessionJudged', value: { verdict, wallMs: 3 } } });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const linesOf = async (file: string) => (await readFile(file, 'utf8')).split('\n').slice(0, -1);

test('a published fact is on the disk, whole for records and short for events', async () => {
  await start();
  const record = sampleSession('notes', 'u-01', 0, { enforcing: [1] });
  const turns = sampleTurns('notes', 'u-01', 0, [{ followed: ['p1'] }, null]);
  await bus.publish(Event.fromPartial({ eventId: 'e0', runId: 'sample-run', fact: { $case: 'runStarted', value: { sessionsPlanned: 8 } } }));
  await bus.publish(ended(record, 'e1'));
  await bus.publish(judged(sampleTask('notes', 'u-01', 0, true), 'e2'));
  await bus.publish(judged(turns, 'e3'));
  expect(await all(readSessions(dir))).toEqual([record]);
  expect(await all(readVerdicts(dir))).toEqual([sampleTask('notes', 'u-01', 0, true), turns]);
  expect((await linesOf(runPaths(dir).events)).map((line) => JSON.parse(line) as unknown)).toEqual([
    { schemaVersion: 1, eventId: 'e0', runId: 'sample-run', timeMs: 0, runStarted: { sessionsPlanned: 8, sessionsRecorded: 0 } },
    { schemaVersion: 1, eventId: 'e1', runId: 'sample-run', timeMs: 5, sessionEnded: { method: 'notes', userId: 'u-01', session: 0, status: 'SESSION_STATUS_OK', wallMs: 12 } },
    { schemaVersion: 1, eventId: 'e2', runId: 'sample-run', timeMs: 6, sessionJudged: { method: 'notes', userId: 'u-01', session: 0, stage: 'task', scored: 1, unscored: 0, wallMs: 3 } },
    { schemaVersion: 1, eventId: 'e3', runId: 'sample-run', timeMs: 6, sessionJudged: { method: 'notes', userId: 'u-01', session: 0, stage: 'turns', scored: 1, unscored: 1, wallMs: 3 } },
  ]);
});

test('a second copy is dropped: at once, under another event id, and after a restart', async () => {
  const first = await start();
  const record = sampleSession('notes', 'u-01', 0);
  await Promise.all([bus.publish(ended(record, 'e1')), bus.publish(ended(record, 'e2'))]);
  await bus.publish(judged(sampleTask('notes', 'u-01', 0, true), 'e3'));
  await first.close();

  const later = createInProcessBus({ log, backoffMs: [] });
  await start(later);
  await later.publish(ended(record, 'e1'));
  await later.publish(ended(sampleSession('notes', 'u-01', 0, { userTokens: 1 }), 'e4'));
  await later.publish(judged(sampleTask('notes', 'u-01', 0, false), 'e5'));
  await later.publish(ended(sampleSession('notes', 'u-01', 1), 'e6'));
  await later.close();
  expect(await all(readSessions(dir))).toEqual([record, sampleSession('notes', 'u-01', 1)]);
  expect(await all(readVerdicts(dir))).toEqual([sampleTask('notes', 'u-01', 0, true)]);
  expect((await linesOf(runPaths(dir).events)).map((line) => (JSON.parse(line) as { eventId: string }).eventId)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
});

test('facts of another run pass by, and what readers would refuse is refused', async () => {
  await start();
  await bus.publish(ended(sampleSession('notes', 'u-01', 0), 'e1', 'other-run'));
  await expect(bus.publish(ended({ ...sampleSession('notes', 'u-01', 0), schemaVersion: 2 }, 'e2'))).rejects.toThrow(/should carry a session record of schemaVersion 1/);
  await expect(bus.publish(judged({ ...sampleTask('notes', 'u-01', 0, true), stage: undefined }, 'e3'))).rejects.toThrow(/should carry a verdict/);
  expect(await all(readSessions(dir))).toEqual([]);
});

test('many sessions at once are all kept', async () => {
  await start();
  const records = Array.from({ length: 300 }, (_, session) => sampleSession('notes', 'u-01', session));
  await Promise.all(records.map((record) => bus.publish(ended(record, `e${record.session}`))));
  expect((await all(readSessions(dir))).map((record) => record.session).sort((a, b) => a - b)).toEqual(records.map((record) => record.session));
});

test('two recorders on one folder are refused; after close the folder is free', async () => {
  const first = await start();
  const second = createInProcessBus({ log });
  await expect(createRecorder({ dir, bus: second, log })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining(`held by process ${process.pid} on ${hostname()}; wait until that run ends, or delete ${runPaths(dir).lock}`),
  });
  await first.close();
  await first.close();
  await start(second);
  expect((await readdir(dir)).filter((name) => name.startsWith('recorder.lock'))).toEqual(['recorder.lock']);
  await second.close();
});

test('the lock of a dead process is taken over, that of a live one or another machine is not', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const holder = (pid: number, host: string) => JSON.stringify({ pid, host, started: '1', id: 'x' });
  for (const [text, free] of [
    [holder(dead, hostname()), true],
    // A live process that started at another time is not the one that took the lock.
    [holder(process.ppid, hostname()), process.platform === 'linux'],
    [holder(process.pid, hostname()), true],
    [holder(dead, `not-${hostname()}`), false],
    ['', false],
  ] as const) {
    await writeFile(runPaths(dir).lock, text);
    const attempt = createRecorder({ dir, bus, log });
    if (free) await (await attempt).close();
    else await expect(attempt).rejects.toThrow(/should have one recorder/);
    await rm(runPaths(dir).lock, { force: true });
  }
});

test('a line that a kill cut off is left out by readers, removed by the next recorder, and written again', async () => {
  const first = await start();
  await bus.publish(ended(sampleSession('notes', 'u-01', 0), 'e1'));
  await first.close();
  await appendFile(runPaths(dir).sessions, '{"schemaVersion":1,"method":"no');
  const notes: string[] = [];
  expect(await all(readSessions(dir, { onNote: (note) => notes.push(note) }))).toHaveLength(1);
  expect(notes).toEqual([expect.stringContaining('The last line of sessions.ndjson was cut off')]);
  await start();
  await bus.publish(ended(sampleSession('notes', 'u-01', 1), 'e2'));
  expect((await all(readSessions(dir))).map((record) => record.session)).toEqual([0, 1]);
});

test('progress is what lies without a gap from session 0, with what still needs a judge', async () => {
  await start();
  for (const session of [0, 1, 3]) await bus.publish(ended(withProbe(sampleSession('notes', 'u-02', session), session < 3), `e${session}`));
  await bus.publish(ended(sampleSession('notes', 'u-01', 0), 'e9'));
  await bus.publish(judged(sampleTask('notes', 'u-02', 0, null), 'v0'));
  await bus.publish(judged(sampleTurns('notes', 'u-02', 1, []), 'v1'));
  await bus.publish(judged({ ...sampleTask('notes', 'u-02', 1, null), stage: { $case: 'probe', value: ProbeVerdict.fromPartial({}) } }, 'v2'));
  expect(await progressOf(dir)).toEqual([
    { method: 'notes', userId: 'u-01', recorded: 1, lackingTask: [0], lackingTurns: [0], lackingProbe: [] },
    { method: 'notes', userId: 'u-02', recorded: 2, lackingTask: [1, 3], lackingTurns: [0, 3], lackingProbe: [0] },
  ]);
});

/** The session with a probe that its last answered message carries, or that was never asked. */
function withProbe(record: SessionRecord, asked: boolean): SessionRecord {
  const last = record.turns.findLastIndex(({ agent }) => agent);
  expect(last).toBeGreaterThanOrEqual(0);
  return { ...record, probe: Probe.fromPartial({ candidateIds: ['a', 'b'] }), turns: record.turns.map((turn, index) => ({ ...turn, user: { ...turn.user!, probePlanted: asked && index === last } })) };
}
