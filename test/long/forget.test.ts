import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetUser } from '../../services/all-in-one/service.ts';
import { problemBank } from '../../services/catalogue/index.ts';
import { forgetCommand } from '../../services/cli/commands/forget.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import { createLogger } from '../../services/platform/log.ts';
import { openRunRegistry } from '../../services/platform/nats.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { recorded } from '../support/fleet.ts';
import { filesWith } from '../support/lab.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { printedBy } from '../support/printed.ts';
import { until } from '../support/until.ts';

/** Words that only one user has. */
const PLANTED = ['keeps seven beehives on the island of Runmarö', 'mention Tjockhult whenever a number is rounded'];
const OTHERS = 'repairs church organs around Lake Ohrid';

const log = createLogger({ name: 'test', level: 'silent' });

function writeProfiles(folder: string): string {
  const shared = ['Use bullet points.', 'Keep answers to at most three sentences.'];
  const profile = (id: string, persona: string, own: string) => ({ user_id: id, persona, preferences: [...shared, own].map((action, index) => ({ id: `p${index + 1}`, condition: '', action })) });
  const file = join(folder, 'profiles.json');
  writeFileSync(file, JSON.stringify([profile('u-1', `A teacher who ${PLANTED[0]}.`, `Please ${PLANTED[1]}.`), profile('u-10', `A smith who ${OTHERS}.`, 'Please name the unit of each number.')]));
  return file;
}

test('a user who is forgotten leaves nothing but keys; the others, the report and a resume go on without them', async () => {
  await using folder = await temporaryFolder();
  const sim = createModelSim({ seed: 3, knowledge: problemBank(), models: ['m'] });
  const { url } = await sim.listen();
  try {
    const run = join(folder.path, 'run');
    const cacheDir = join(folder.path, 'cache');
    const file = join(folder.path, 'experiment.yaml');
    const methods = ['vanilla', 'contextual', 'reflection', 'rag'];
    writeFileSync(file, JSON.stringify({ name: 'forgotten', seed: 4, methods, sessions: 2, maxTurns: 4, profiles: { file: writeProfiles(folder.path) }, models: { url, model: 'm', cache: 'read-write', cacheDir } }));
    const played = await attune(['run', file, '--out', run]);
    expect(played.code, played.stderr).toBe(0);
    const othersBefore = sortedLines(run, 'sessions.ndjson').filter((line) => line.includes('"u-10"'));
    const said = (JSON.parse(sortedLines(run, 'sessions.ndjson').find((line) => line.includes('"u-1"'))!) as { turns: { user: { userMessage: string } }[] }).turns[0]!.user.userMessage;
    expect(filesWith(run, PLANTED[0]!).length).toBeGreaterThan(0);
    expect(filesWith(cacheDir, said.slice(0, 30)).length).toBeGreaterThan(0);

    const printed = await printedBy(forgetCommand(), [run, '--user', 'u-1', '--verify']);
    expect(printed).toMatch(/records {6,}8 session records, 1\d verdicts, \d+ events and the profile; 8 keys stay/);
    expect(printed).toMatch(/memory of rag +2 states|memory of rag +\d+ states, [1-9]\d* cards/);
    expect(printed).toMatch(/response cache +[1-9]\d* of \d+ answers/);
    expect(printed).toMatch(/run folder +clean/);
    expect(printed).toContain('Other users: records unchanged, memories unchanged');
    for (const text of PLANTED) expect([...filesWith(run, text), ...filesWith(cacheDir, text)]).toEqual([]);
    expect(filesWith(run, OTHERS).length).toBeGreaterThan(0);

    const lines = sortedLines(run, 'sessions.ndjson');
    expect(lines.filter((line) => line.includes('"u-10"'))).toEqual(othersBefore);
    const tombstones = lines.filter((line) => line.includes('"u-1"')).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(tombstones).toHaveLength(8);
    for (const tombstone of tombstones) expect(Object.keys(tombstone).sort()).toEqual(expect.arrayContaining(['method', 'schemaVersion', 'status', 'userId']));
    expect(new Set(tombstones.map(({ status }) => status))).toEqual(new Set(['SESSION_STATUS_FORGOTTEN']));
    expect(readFileSync(join(run, 'report/report.md'), 'utf8')).toContain('u-1 was forgotten on request; of 8 planned sessions only the key is left');

    // A forgotten session is not run again, and what the others still lack is.
    writeFileSync(join(run, 'verdicts.ndjson'), `${sortedLines(run, 'verdicts.ndjson').slice(1).join('\n')}\n`);
    const resumed = await attune(['run', '--resume', run]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(sortedLines(run, 'sessions.ndjson')).toEqual(lines);
    expect((await printedBy(forgetCommand(), [run, '--user', 'u-1', '--verify'])).match(/0 session records, 0 verdicts/)).not.toBeNull();
    await expect(printedBy(forgetCommand(), [run, '--user', 'nobody'])).rejects.toThrow('should have the user "nobody", found u-10; correct --user.');
  } finally {
    await sim.close();
  }
}, 120_000);

test('what a place still holds is found as raw bytes, told by file, and fails the command', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const file = join(folder.path, 'experiment.yaml');
  writeFileSync(file, JSON.stringify({ methods: ['vanilla', 'contextual'], sessions: 1, profiles: { file: writeProfiles(folder.path) } }));
  const played = await attune(['run', file, '--out', run]);
  expect(played.code, played.stderr).toBe(0);
  mkdirSync(join(run, 'state/copies'), { recursive: true });
  appendFileSync(join(run, 'state/copies/agent.db.bak'), Buffer.concat([Buffer.alloc(5_000_000), Buffer.from(PLANTED[0]!)]));
  await expect(printedBy(forgetCommand(), [run, '--user', 'u-1', '--verify'])).rejects.toThrow('Something of u-1 is left in: run folder');
  const receipt = await forgetUser(run, 'u-10', { secrets: {}, log, nats: null, verify: true, wholeCache: false, jetstreamStore: undefined });
  expect(receipt.checked!.flatMap(({ residues }) => residues)).toEqual([]);
  // Nobody is left whom a report could be about.
  expect(existsSync(join(run, 'report'))).toBe(false);
}, 60_000);

test('nobody is forgotten while the run goes on', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  const file = join(folder.path, 'experiment.yaml');
  writeFileSync(file, JSON.stringify({ methods: ['vanilla'], sessions: 4, profiles: { limit: 2 }, sim: { latencyMs: 100 } }));
  const started = startAttune(['run', file, '--out', run]);
  await until(() => existsSync(join(run, 'recorder.lock')), 'the run is recorded');
  const [user] = (JSON.parse(readFileSync(join(run, 'inputs.json'), 'utf8')) as { profiles: { userId: string }[] }).profiles;
  const refused = await printedBy(forgetCommand(), [run, '--user', user!.userId]).then(() => null, (thrown: unknown) => thrown as Error);
  const { code } = await started.done;
  expect(code).toBe(0);
  expect(refused?.message).toMatch(/should have one recorder, found recorder.lock held by process \d+/);
}, 60_000);

test.skipIf(!haveNatsServer)('what a NATS server holds of a user is overwritten, also in its files', async () => {
  await using folder = await temporaryFolder();
  await using server = await startNatsServer();
  const run = join(folder.path, 'run');
  const file = join(folder.path, 'experiment.yaml');
  writeFileSync(file, JSON.stringify({ name: 'forgotten', seed: 4, methods: ['vanilla', 'reflection'], sessions: 6, concurrency: 2, profiles: { file: writeProfiles(folder.path) }, sim: { latencyMs: 20 } }));
  const started = startAttune(['run', file, '--out', run, '--bus', server.url, '--lease-ms', '2000']);
  await until(() => recorded(run) >= 6, 'sessions are recorded');
  await expect(printedBy(forgetCommand(), [run, '--user', 'u-1', '--bus', server.url])).rejects.toThrow(/should be at rest, found process \d+ on \S+ as its coordinator/);
  started.child.kill('SIGKILL');
  await started.done;
  expect(filesWith(server.folder, PLANTED[0]!).length).toBeGreaterThan(0);
  const printed = await printedBy(forgetCommand(), [run, '--user', 'u-1', '--bus', server.url, '--verify', '--jetstream-store', join(server.folder, 'store')]);
  expect(printed).toMatch(/NATS server +[1-9]\d* of \d+ messages/);
  expect(printed).toMatch(/JetStream files +clean/);
  expect(filesWith(server.folder, PLANTED[0]!)).toEqual([]);
  await using nats = await server.connect().then((open) => ({ open, [Symbol.asyncDispose]: () => open.close() }));
  const { runId } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { runId: string };
  expect(await openRunRegistry(nats.open).document(runId, 'inputs')).toBeNull();

  const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, '--lease-ms', '2000']);
  expect(code, stderr).toBe(0);
  const lines = sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { userId: string; status: string });
  expect(lines.filter(({ userId, status }) => (userId === 'u-1') !== (status === 'SESSION_STATUS_FORGOTTEN'))).toEqual([]);
  expect(lines).toHaveLength(24);
}, 120_000);
