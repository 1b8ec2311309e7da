import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../services/platform/random.ts';
import { attune, startAttune, temporaryFolder } from '../support/attune.ts';
import { openFleet, recorded } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { outcomeOf, undisturbedRun, writeExperiment } from '../support/simulated-run.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const LEASE = ['--lease-ms', '10000'];

describe.skipIf(!haveNatsServer)('a run on NATS', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file: string;
  /** The same, for faults that need the run to last. */
  let slow: string;
  let wanted: ReturnType<typeof outcomeOf>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    file = writeExperiment(folder.path);
    slow = writeExperiment(folder.path, { sim: { latencyMs: 300 } }, 'slow.yaml');
    wanted = await undisturbedRun(file, join(folder.path, 'undisturbed'));
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  test('the server is killed three times and started again', async () => {
    await using server = await startNatsServer();
    const run = join(folder.path, 'restarted');
    const started = startAttune(['run', file, '--out', run, '--bus', server.url, ...LEASE]);
    const random = createRandom(3);
    for (let kill = 0; kill < 3; kill += 1) {
      const before = recorded(run, 'events.ndjson');
      await until(() => recorded(run, 'events.ndjson') > before + random.int(10), 'the run goes on');
      await server.restart('SIGKILL');
    }
    const { code, stderr } = await started.done;
    expect(code, stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(wanted);
  });

  test('the connections of the coordinator and of a runner are cut for ten seconds', async () => {
    await using server = await startNatsServer();
    await using proxy = await startTcpProxy(Number(new URL(server.url).port));
    const url = `nats://127.0.0.1:${proxy.port}`;
    await using fleet = openFleet({ ...server, url });
    await fleet.start('runner', '--concurrency', '3');
    const run = join(folder.path, 'cut');
    // Longer than the cut: nobody who is still there loses the work.
    const started = startAttune(['run', file, '--out', run, '--bus', url, '--lease-ms', '40000']);
    await until(() => recorded(run) >= 3, 'sessions are recorded');
    await proxy.cut();
    await sleep(10_000);
    await proxy.mend();
    const { code, stderr } = await started.done;
    expect(code, stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(wanted);
  });

  test('workers and a coordinator whose server is gone for good end at the first signal', async () => {
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const workers = [await fleet.start('runner', '--concurrency', '3'), await fleet.start('judge')];
    const run = join(folder.path, 'gone');
    const coordinator = startAttune(['run', slow, '--out', run, '--bus', server.url, ...LEASE]);
    await until(() => recorded(run) >= 1, 'a session is recorded');
    await server.stop('SIGKILL');
    await sleep(1_000);
    coordinator.child.kill('SIGTERM');
    const startedAt = performance.now();
    await Promise.all([coordinator.done, ...workers.map((worker) => worker.kill('SIGTERM'))]);
    expect(performance.now() - startedAt).toBeLessThan(45_000);
  });

  test('copies of facts arrive again, in another order', async () => {
    await using server = await startNatsServer();
    const run = join(folder.path, 'copies');
    const started = startAttune(['run', slow, '--out', run, '--bus', server.url, ...LEASE]);
    const nats = await server.connect();
    try {
      const random = createRandom(8);
      let copies = 0;
      for (let round = 0; started.child.exitCode === null && round < 100; round += 1) {
        await sleep(150);
        const { runId } = manifestOf(run);
        if (runId === '') continue;
        const seen: { fact: string; data: Uint8Array; head: NonNullable<Awaited<ReturnType<typeof nats.jsm.direct.getMessage>>>['header'] }[] = [];
        for (let seq = 1; ; ) {
          const message = await nats.jsm.direct.getMessage('ATTUNE_EVENTS', { seq, next_by_subj: `attune.events.${runId}.>` }).catch(() => null);
          if (!message) break;
          seq = message.seq + 1;
          // Only facts that their publishers sent: copies of copies would fill the stream.
          if (message.header.get('Attune-Copy') === '' && message.data.length > 0) seen.push({ fact: message.subject.includes('.t.') ? 'sessionEnded' : message.subject.split('.').at(-1)!, data: message.data, head: message.header });
        }
        for (const { fact, data, head } of random.shuffle(seen).slice(0, 20)) {
          for (const name of head.keys()) if (name !== 'Attune-Version') head.delete(name);
          head.set('Attune-Copy', '1');
          await nats.js.publish(`attune.events.${runId}.f.${fact}`, data, { headers: head }).then(() => (copies += 1), () => undefined); // the run may be over
        }
      }
      expect(copies).toBeGreaterThan(20);
    } finally {
      await nats.close();
    }
    const { code, stderr } = await started.done;
    expect(code, stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(wanted);
  });

  test('two recorders and a coordinator want to write one folder, and the one that does is killed', async () => {
    await using server = await startNatsServer();
    await using fleet = openFleet(server);
    const run = join(folder.path, 'recorders');
    const first = startAttune(['run', slow, '--out', run, '--bus', server.url, ...LEASE]);
    await until(() => recorded(run) >= 2, 'sessions are recorded');
    const standBys = [await fleet.start('recorder', '--out', run), await fleet.start('recorder', '--out', run)];
    first.child.kill('SIGKILL');
    await first.done;
    const recording = () => standBys.filter(({ process }) => process.out.stderr.includes('Recording.'));
    await until(() => recording().length === 1, 'one of them records');
    await recording()[0]!.kill();
    await until(() => recording().length === 2, 'the other one records');
    const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, ...LEASE]);
    expect(code, stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(wanted);
  });

  test('every process has a clock that jumps an hour ahead and back', async () => {
    await using server = await startNatsServer();
    const env = { NODE_OPTIONS: `--import=${new URL('../support/shift-clock.mjs', import.meta.url).href}`, TEST_CLOCK_JUMPS_MS: '1500' };
    await using fleet = openFleet(server, env);
    await fleet.start('runner', '--concurrency', '3');
    const run = join(folder.path, 'clock');
    const { code, stderr } = await attune(['run', file, '--out', run, '--bus', server.url, ...LEASE], { env });
    expect(code, stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(wanted);
  });
});

function manifestOf(run: string): { runId: string } {
  try {
    return JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { runId: string };
  } catch {
    // Not written yet.
    return { runId: '' };
  }
}
