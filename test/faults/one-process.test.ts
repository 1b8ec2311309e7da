import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import type { FaultConfig } from '../../services/model-sim/service.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { recorded } from '../support/fleet.ts';
import { outcomeOf, undisturbedRun, writeExperiment } from '../support/simulated-run.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let wanted: ReturnType<typeof outcomeOf>;

beforeAll(async () => {
  folder = await temporaryFolder();
  wanted = await undisturbedRun(writeExperiment(folder.path), join(folder.path, 'undisturbed'));
});

afterAll(() => folder[Symbol.asyncDispose]());

/** A run on models that fail as told. */
async function runOnFaults(name: string, faults: FaultConfig): Promise<{ run: string; code: number | null; stderr: string }> {
  const sim = createModelSim({ seed: 13, knowledge: problemBank(), models: ['sim-large'], faults });
  const { url } = await sim.listen();
  try {
    const run = join(folder.path, name);
    const file = writeExperiment(folder.path, { models: { url, model: 'sim-large', retries: 6, deadlineMs: 60_000 } });
    return { run, ...(await attune(['run', file, '--out', run])) };
  } finally {
    await sim.close();
  }
}

test.each([
  ['a storm of 429s', { rates: { http_429: 0.25 }, retryAfterSeconds: 0 }],
  ['500s', { rates: { http_500: 0.1 } }],
  ['calls that stall', { rates: { stall: 0.02 }, stallMs: 800 }],
  ['cut answers and streams', { rates: { cut: 0.08 } }],
  ['answers that drip', { rates: { slow_drip: 0.1 }, dripMs: 40 }],
] satisfies [string, FaultConfig][])('%s change nothing that is on record', async (name, faults) => {
  const clean = await runOnFaults(`${name} clean`, {});
  const stormy = await runOnFaults(name, faults);
  expect([clean.code, stormy.code], stormy.stderr).toEqual([0, 0]);
  expect(outcomeOf(stormy.run)).toEqual(outcomeOf(clean.run));
});

test('wrong JSON ends in records with a status and a reason, never in a missing one', async () => {
  const { run, code, stderr } = await runOnFaults('wrong-json', { rates: { broken_json: 0.25, prose: 0.2 } });
  expect(code, stderr).toBe(0);
  const sessions = sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { status: string; error: string });
  expect(sessions).toHaveLength(wanted.sessions.length);
  for (const { status, error } of sessions) {
    if (['SESSION_STATUS_OK', 'SESSION_STATUS_TIMEOUT'].includes(status)) continue;
    expect(status).toMatch(/^SESSION_STATUS_(SIM|AGENT)_ERROR$/);
    expect(error).toMatch(/JSON/);
  }
});

test('the clock jumps an hour ahead and back in the middle', async () => {
  const env = { NODE_OPTIONS: `--import=${new URL('../support/shift-clock.mjs', import.meta.url).href}`, TEST_CLOCK_JUMPS_MS: '700' };
  expect(await undisturbedRun(writeExperiment(folder.path), join(folder.path, 'clock'), { env })).toEqual(wanted);
});

test('a second recorder is refused in a sentence, and the first goes on', async () => {
  const run = join(folder.path, 'two-recorders');
  // Slow, so that it still runs when the second has started on a busy machine.
  const first = startAttune(['run', writeExperiment(folder.path, { sim: { latencyMs: 400 } }), '--out', run]);
  await until(() => recorded(run, 'events.ndjson') >= 1, 'the run is recorded');
  const { code, stderr } = await attune(['run', '--resume', run]);
  expect(stderr).toContain(`A run folder should have one recorder, found recorder.lock held by process ${first.child.pid} on `);
  expect(code).not.toBe(0);
  expect((await first.done).code).toBe(0);
  expect(outcomeOf(run)).toEqual(wanted);
});

const small = smallDisk();

test.skipIf(small === null)('a full disk stops the run with a sentence; with space it is resumed', async () => {
  const disk = join(folder.path, 'disk');
  const run = join(disk, 'run');
  mkdirSync(disk);
  small!.mount(disk);
  try {
    // Methods that remember nothing, so that it is the recorder that meets the full disk.
    const file = writeExperiment(folder.path, { methods: ['vanilla'], sessions: 6 });
    const whole = await undisturbedRun(file, join(folder.path, 'whole'));
    const started = startAttune(['run', file, '--out', run]);
    await until(() => recorded(run) >= 2, 'sessions are recorded');
    small!.fill(disk);
    const { code, stderr } = await started.done;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Cannot write \S+ndjson: the disk is full; free some space and try again\. What is recorded is kept; go on with: attune run --resume/);
    expect(stderr).not.toMatch(/\n\s+at /);
    small!.free(disk);
    const resumed = await attune(['run', '--resume', run]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(outcomeOf(run)).toEqual(whole);
  } finally {
    small!.unmount(disk);
  }
});

/** A disk of a few megabytes in memory, which only root may mount; null where that is not allowed, and then it is said. */
function smallDisk(): { mount(at: string): void; fill(at: string): void; free(at: string): void; unmount(at: string): void } | null {
  const system = (...args: [string, ...string[]]) => execFileSync(args[0], args.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  const disk = {
    mount: (at: string) => void system('mount', '-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', at),
    fill(at: string) {
      const { bavail, bsize } = statfsSync(at);
      writeFileSync(join(at, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
    },
    free: (at: string) => rmSync(join(at, 'filler')),
    unmount: (at: string) => void system('umount', '-l', at),
  };
  const probe = '/tmp/attune-disk-probe';
  try {
    mkdirSync(probe, { recursive: true });
    disk.mount(probe);
    disk.unmount(probe);
    return disk;
  } catch {
    process.stderr.write('\nSKIPPED: the test of a full disk mounts a small file system in memory, which needs root.\n\n');
    return null;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Room for a few more records. */
const LEFT_BYTES = 16 * 1024;
