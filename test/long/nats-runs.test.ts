import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openRunRegistry, openWorkQueue } from '../../services/platform/nats.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { openFleet, recorded, until } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';

const EXPERIMENT = `
name: shared
seed: 9
methods: [vanilla, reflection, rag]
profiles: { limit: 2 }
sessions: 4
concurrency: 4
sim: { latencyMs: 10 }
`;
const SESSIONS = 24;

describe.skipIf(!haveNatsServer)('runs that many processes share', () => {
  let alone: Record<'sessions.ndjson' | 'verdicts.ndjson', string[]>;

  beforeAll(async () => {
    await using folder = await temporaryFolder();
    const run = join(folder.path, 'run');
    const { code, stderr } = await attune(['run', experimentIn(folder.path), '--out', run]);
    expect(code, stderr).toBe(0);
    alone = linesOf(run);
    expect(alone['sessions.ndjson']).toHaveLength(SESSIONS);
  }, 120_000);

  test('two runners and two judges give the records of one process', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const members = await Promise.all([fleet.start('runner', '--concurrency', '2'), fleet.start('runner', '--concurrency', '2'), fleet.start('judge'), fleet.start('judge')]);
    const run = join(folder.path, 'run');
    const { code, stderr } = await attune(['run', experimentIn(folder.path), '--out', run, '--bus', server.url, '--no-workers']);
    expect(code, stderr).toBe(0);
    expect(linesOf(run)).toEqual(alone);
    for (const { process } of members) expect(process.out.stderr).toContain('Working on the run.');
    const { stdout } = await attune(['runs', 'list', '--bus', server.url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ state: 'done', sessionsRecorded: SESSIONS, sessionsPlanned: SESSIONS }] });
  }, 120_000);

  test('a run is paused, goes on, is cancelled and is finished later by one process', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    const run = join(folder.path, 'run');
    const bus = ['--bus', server.url];
    // Slow enough that the commands below, each a process, come while it runs.
    const started = startAttune(['run', experimentIn(folder.path, { latencyMs: 80 }), '--out', run, ...bus, '--concurrency', '1']);
    await using nats = await connected(server);
    await until(() => recorded(run) >= 1, 'a session is recorded');
    const [status] = await nats.runs.list();
    const { runId } = status!;
    expect((await attune(['runs', 'pause', runId, ...bus])).stdout).toContain('The run pauses');
    await until(async () => (await nats.runs.status(runId))?.state === 'paused', 'the run says that it is paused');
    // The session at hand ends; then nothing more is recorded.
    const work = openWorkQueue(nats.connection, 'work', { runId, leaseMs: 30_000 });
    const growth = async () => {
      const before = recorded(run, 'events.ndjson');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return recorded(run, 'events.ndjson') - before;
    };
    await until(async () => (await growth()) === 0, 'nothing happens any more');
    const atRest = recorded(run);
    expect(atRest).toBeLessThan(SESSIONS);
    expect((await work.counts()).held).toBe(1);
    await nats.runs.setControl(runId, { wanted: 'run', reason: '' });
    await until(() => recorded(run) > atRest, 'the run goes on');
    expect((await attune(['runs', 'cancel', runId, ...bus])).code).toBe(0);
    const { code, stderr } = await started.done;
    expect(stderr).toContain('The run was cancelled by attune runs cancel. What is recorded is kept; go on with: attune run --resume');
    expect(code).toBe(130);
    expect(recorded(run)).toBeLessThan(SESSIONS);
    expect((await attune(['run', '--resume', run])).code).toBe(0);
    expect(linesOf(run)).toEqual(alone);
  }, 180_000);
});

function experimentIn(folder: string, { latencyMs = 10 } = {}): string {
  const file = join(folder, 'experiment.yaml');
  writeFileSync(file, EXPERIMENT.replace('latencyMs: 10', `latencyMs: ${latencyMs}`));
  return file;
}

async function connected(server: NatsServer) {
  const connection = await server.connect();
  return { connection, runs: openRunRegistry(connection), [Symbol.asyncDispose]: () => connection.close() };
}

function linesOf(run: string) {
  return { 'sessions.ndjson': sortedLines(run, 'sessions.ndjson'), 'verdicts.ndjson': sortedLines(run, 'verdicts.ndjson') };
}
