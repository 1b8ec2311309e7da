import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRunRegistry, openTrajectoryLog, readBuried } from '../../services/platform/nats.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { openFleet } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { outcomeOf, undisturbedRun, writeExperiment } from '../support/simulated-run.ts';
import { until } from '../support/until.ts';

/** The place in the plan of the trajectory that no runner survives. */
const POISON = 3;

test.skipIf(!haveNatsServer)('a trajectory that brings down every runner ends among the dead letters; all others finish, the run says so, and resuming plays it', async () => {
  await using folder = await temporaryFolder();
  await using server = await startNatsServer();
  await using fleet = openFleet(server);
  const file = writeExperiment(folder.path);
  const wanted = await undisturbedRun(file, join(folder.path, 'undisturbed'));
  const run = join(folder.path, 'run');
  const coordinator = startAttune(['run', file, '--out', run, '--bus', server.url, '--no-workers', '--lease-ms', '10000']);
  const nats = await server.connect();
  try {
    const registry = openRunRegistry(nats);
    await until(async () => (await registry.list()).length > 0, 'the server knows the run');
    const { runId } = (await registry.list())[0]!;
    // What ten runners leave behind that die in its first session.
    for (let runner = 0; runner < 10; runner += 1) {
      const log = openTrajectoryLog(nats, runId, POISON);
      await log.take(0);
      await log.leave({ inVain: true });
    }
    await fleet.start('runner');
    await fleet.start('judge');
    const { code, stderr } = await coordinator.done;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/1 of the run's trajectories were given up; the first one because: Session 0 of (\w+)\/\S+ was given up: 10 runners in a row did not bring it to an end\. What is recorded is kept/);
    expect(await registry.status(runId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('were given up') });
    expect(await readBuried(nats, runId)).toMatchObject([{ queue: 'work', key: String(POISON), reason: expect.stringContaining('10 runners in a row') }]);
  } finally {
    await nats.close();
  }
  const sessions = sortedLines(run, 'sessions.ndjson');
  expect(sessions).toHaveLength(wanted.sessions.length - 3);
  expect(wanted.sessions).toEqual(expect.arrayContaining(sessions));
  // Both verdicts of each, and those on probes.
  expect(sortedLines(run, 'verdicts.ndjson').length).toBeGreaterThanOrEqual(2 * sessions.length);

  // Whoever goes on with the run wants it tried again.
  const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, '--lease-ms', '10000']);
  expect(code, stderr).toBe(0);
  expect(outcomeOf(run)).toEqual(wanted);
}, 300_000);
