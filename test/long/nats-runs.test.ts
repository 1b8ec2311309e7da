import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import { openRunRegistry, openWorkQueue } from '../../services/platform/nats.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { openFleet, recorded } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';

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
    // The one that is played and all that wait for their turn.
    expect((await work.counts()).held).toBe(6);
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

  test('a run whose coordinator was killed is listed as one that nobody coordinates, with the way to go on', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    const run = join(folder.path, 'run');
    const bus = ['--bus', server.url];
    const started = startAttune(['run', experimentIn(folder.path, { latencyMs: 80 }), '--out', run, ...bus, '--lease-ms', '3000']);
    await until(() => recorded(run) >= 1, 'a session is recorded');
    expect(JSON.parse((await attune(['runs', 'list', ...bus, '--json'])).stdout)).toMatchObject({ runs: [{ state: 'running', coordinated: true }] });
    started.child.kill('SIGKILL');
    await started.done;
    const { stdout } = await attune(['runs', 'list', ...bus]);
    expect(stdout).toContain(`Nobody coordinates it any more; on ${hostname()}, go on with: attune run --resume ${run} --bus ${server.url}`);
    expect((await attune(['run', '--resume', run, ...bus, '--lease-ms', '3000'])).code).toBe(0);
    expect(linesOf(run)).toEqual(alone);
    expect((await attune(['runs', 'list', ...bus])).stdout).not.toContain('Nobody coordinates');
  }, 180_000);

  test('a runner goes on with the trajectory that has most left, and gives those that wait to one that has nothing to do', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const run = join(folder.path, 'run');
    await fleet.start('runner', '--concurrency', '1');
    const started = startAttune(['run', experimentIn(folder.path, { latencyMs: 40 }), '--out', run, '--bus', server.url, '--no-workers']);
    await until(() => recorded(run) >= 2, 'two sessions are recorded');
    expect(mostUnderWay(run)).toBe(1);
    // After one session of a trajectory every other one has more left.
    const [first, second] = eventsOf(run).flatMap(({ sessionStarted }) => sessionStarted?.key ?? []);
    expect([first!.session ?? 0, second!.session ?? 0]).toEqual([0, 0]);
    // The first one holds them all.
    await fleet.start('runner', '--concurrency', '1');
    await until(() => mostUnderWay(run) === 2, 'the second runner plays beside the first');
    await fleet.start('judge');
    const { code, stderr } = await started.done;
    expect(code, stderr).toBe(0);
    expect(linesOf(run)).toEqual(alone);
  }, 180_000);

  test('with concurrency: auto as many sessions are under way as the contexts that were measured leave room for', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    const models = createModelSim({ seed: 3, knowledge: problemBank(), models: ['m'], latency: { fixedMs: 30 } });
    const { url } = await models.listen();
    const run = join(folder.path, 'run');
    const { code, stderr } = await attune(['run', autoExperimentIn(folder.path, url), '--out', run, '--bus', server.url]);
    await models.close();
    expect(code, stderr).toBe(0);
    expect(mostUnderWay(run, 8)).toBe(2);
    expect(mostUnderWay(run)).toBeGreaterThan(2);
  }, 180_000);
});

/** An experiment on a server whose KV cache has room for two sessions as published, and for many of those that simulated models have. */
function autoExperimentIn(folder: string, url: string): string {
  const file = join(folder, 'experiment.yaml');
  const profile = { gpus: 1, t0: 16.5, t1: 0.078, kv: 0.03, pf: 0.09, a: 8, maxSeqs: 256, kvTokens: 12_000, p0: 1, p1: 1, pt: 1 };
  writeFileSync(file, JSON.stringify({ seed: 9, methods: ['vanilla'], profiles: { limit: 6 }, sessions: 3, concurrency: 'auto', judge: { anchors: 'off' }, models: { url, model: 'm' }, servers: { [url]: { profile } } }));
  return file;
}

/** The most sessions that were under way at once, by what is recorded so far, or up to the end of so many of them. */
function mostUnderWay(run: string, ended = Number.POSITIVE_INFINITY): number {
  const open = new Set<string>();
  let most = 0;
  let over = 0;
  for (const { sessionStarted, sessionEnded } of eventsOf(run)) {
    if (sessionEnded && (over += 1) >= ended) break;
    if (sessionStarted) open.add(idOf(sessionStarted.key.user, sessionStarted.key.session));
    if (sessionEnded) open.delete(idOf(sessionEnded, sessionEnded.session));
    most = Math.max(most, open.size);
  }
  return most;
}

function eventsOf(run: string): ToldEvent[] {
  return readFileSync(join(run, 'events.ndjson'), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as ToldEvent);
}

function idOf({ method, userId }: Trajectory, ...rest: (number | undefined)[]): string {
  return [method, userId, ...rest.map((number = 0) => number)].join('/');
}

interface Trajectory {
  method: string;
  userId: string;
}

interface ToldEvent {
  sessionStarted?: { key: { user: Trajectory; session?: number } };
  sessionEnded?: Trajectory & { session: number };
}

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
