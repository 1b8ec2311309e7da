import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../services/platform/random.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import type { StartedAttune } from '../support/attune.ts';
import { openFleet, recorded } from '../support/fleet.ts';
import type { Member } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { writeExperiment } from '../support/simulated-run.ts';
import { until } from '../support/until.ts';

const DESIGN = { name: 'killed', seed: 11, sessions: 4, maxTurns: 10, sim: { latencyMs: 40 } };
const SESSIONS = 24;
/** Short, so that work is handed over while the test waits. */
const LEASE = ['--lease-ms', '3000'];

describe.skipIf(!haveNatsServer)('a run whose parts are killed', () => {
  let undisturbed: ReturnType<typeof linesOf>;

  beforeAll(async () => {
    await using folder = await temporaryFolder();
    const run = join(folder.path, 'run');
    expect((await attune(['run', writeExperiment(folder.path, DESIGN), '--out', run])).code).toBe(0);
    undisturbed = linesOf(run);
    expect(undisturbed['sessions.ndjson']).toHaveLength(SESSIONS);
  }, 120_000);

  test('runner, judge, NATS server and coordinator with the recorder, each by SIGKILL: the records of an undisturbed run', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const random = createRandom(31);
    const run = join(folder.path, 'run');
    const start = (role: 'runner' | 'judge') => fleet.start(role, '--concurrency', '3');
    const members: Record<'runner' | 'judge', Member[]> = { runner: await Promise.all([start('runner'), start('runner')]), judge: [await start('judge')] };
    const coordinate = (...args: string[]) => startAttune(['run', ...args, '--bus', server.url, '--no-workers', ...LEASE]);
    let coordinator: StartedAttune = coordinate(writeExperiment(folder.path, DESIGN), '--out', run);
    const kills = {
      async runner() {
        await members.runner.shift()!.kill();
        members.runner.push(await start('runner'));
      },
      async judge() {
        await members.judge.shift()!.kill();
        members.judge.push(await start('judge'));
      },
      nats: () => server.restart('SIGKILL'),
      async coordinator() {
        coordinator.child.kill('SIGKILL');
        await coordinator.done;
        coordinator = coordinate('--resume', run);
      },
    };
    const order = random.shuffle(['runner', 'nats', 'coordinator', 'judge'] as const);
    for (const victim of order) {
      const before = recorded(run);
      await until(() => recorded(run) > before || recorded(run) >= SESSIONS, 'the run goes on');
      await sleep(random.int(400));
      await kills[victim]();
    }
    const { code, stderr } = await coordinator.done;
    expect(code, stderr).toBe(0);
    expect(linesOf(run)).toEqual(undisturbed);
  }, 300_000);

  test('a stand-by records while the coordinator is dead, and lets go when it is back', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const run = join(folder.path, 'run');
    const first = startAttune(['run', writeExperiment(folder.path, DESIGN), '--out', run, '--bus', server.url, ...LEASE]);
    await until(() => recorded(run) >= 3, 'three sessions are recorded');
    const standBy = await fleet.start('recorder', '--out', run);
    expect(standBy.process.out.stderr).not.toContain('Recording.');
    first.child.kill('SIGKILL');
    await first.done;
    await until(() => standBy.process.out.stderr.includes('Recording.'), 'the stand-by records');
    // Another one, on a disk of its own, gets every fact that the server has.
    const elsewhere = join(folder.path, 'elsewhere');
    const { stderr: told } = (await fleet.start('recorder', '--out', elsewhere)).process.out;
    expect(told).not.toContain('Recording.');
    const before = recorded(run);
    await standBy.kill();
    await until(() => recorded(elsewhere) >= before, 'the other stand-by has all that was recorded');
    const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, ...LEASE]);
    expect(code, stderr).toBe(0);
    expect(linesOf(run)).toEqual(undisturbed);
    expect(stderr).not.toContain('attune failed');
  }, 240_000);

  test('a runner that was frozen for longer than its lease finds its work gone to another and changes nothing', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const run = join(folder.path, 'run');
    const [frozen] = await Promise.all([fleet.start('runner', '--concurrency', '2'), fleet.start('runner', '--concurrency', '4')]);
    const coordinator = startAttune(['run', writeExperiment(folder.path, DESIGN), '--out', run, '--bus', server.url, '--no-workers', ...LEASE]);
    await fleet.start('judge');
    await until(() => recorded(run) >= 2, 'two sessions are recorded');
    frozen.process.child.kill('SIGSTOP');
    await until(() => recorded(run) >= SESSIONS - 4, 'the other runner goes on', 120_000);
    frozen.process.child.kill('SIGCONT');
    const { code, stderr } = await coordinator.done;
    expect(code, stderr).toBe(0);
    expect(linesOf(run)).toEqual(undisturbed);
  }, 240_000);

  test('a second coordinator of one run is refused in a sentence', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    const run = join(folder.path, 'run');
    const first = startAttune(['run', writeExperiment(folder.path, DESIGN), '--out', run, '--bus', server.url, ...LEASE]);
    await until(() => recorded(run) >= 1, 'a session is recorded');
    const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, ...LEASE]);
    expect(stderr).toMatch(new RegExp(`^The run \\S+ is coordinated by process ${first.child.pid} on \\S+ already \\(folder \\S+\\); help it with attune serve runner and attune serve judge, or stop it first\\.$`, 'm'));
    expect(code).toBe(2);
    expect((await first.done).code).toBe(0);
    expect(linesOf(run)).toEqual(undisturbed);
  }, 180_000);
});

function linesOf(run: string) {
  return { 'sessions.ndjson': sortedLines(run, 'sessions.ndjson'), 'verdicts.ndjson': sortedLines(run, 'verdicts.ndjson') };
}
