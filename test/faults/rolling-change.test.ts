import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { recorded } from '../support/fleet.ts';
import { startFront } from '../support/front.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const SESSIONS = 16;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let models: ServiceProcess;
let undisturbed: Lines;
const agents: ServiceProcess[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  // A model that takes a while, so that there are always calls in work.
  models = await startService(['model-sim'], { ATTUNE_SEED: '7', ATTUNE_SIM_TTFT_MS: '150' });
  const agent = await startAgent('whole');
  undisturbed = await play('whole', agent.address);
  expect(await agent.stop()).toBe(0);
}, 120_000);

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await models?.stop();
  await folder[Symbol.asyncDispose]();
});

test('a method service that is stopped and started again at its address during a run makes no session begin again', async () => {
  const agent = await startAgent('same');
  const codes: (number | null)[] = [];
  const lines = await play('same', agent.address, async () => {
    codes.push(await agent.stop());
    expect(agent.stderr).toContain('No new calls are taken; those in work are finished.');
    await agent.start();
  });
  expect(codes).toEqual([0, 0]);
  expect(lines).toEqual(undisturbed);
}, 180_000);

test('a new process beside the old one, behind one address, as in a rollout, makes none begin again either', async () => {
  // Three processes on one state; a rollout has two at a time, but these must be there before the run has ended.
  const [first, ...next] = [await startAgent('beside'), await startAgent('beside'), await startAgent('beside')];
  await using front = await startFront(first.address);
  let present = first;
  const lines = await play('beside', front.address, async () => {
    const old = present;
    present = next.shift()!;
    front.turnTo(present.address);
    expect(await old.stop()).toBe(0);
  });
  expect(next).toEqual([]);
  expect(lines).toEqual(undisturbed);
}, 180_000);

function begun(run: string): number {
  return readFileSync(join(run, 'events.ndjson'), 'utf8').split('"sessionStarted":').length - 1;
}

/** Runs the experiment with the method at an address; when a quarter and half of it are on record, the service is changed. */
async function play(name: string, address: string, change?: () => Promise<void>): Promise<Lines> {
  const file = join(folder.path, `${name}.yaml`);
  const url = `http://${models.address}/v1`;
  const experiment = { name: 'rolling', seed: 7, methods: [{ name: 'reflection', target: address }], profiles: { limit: 4 }, sessions: SESSIONS / 4, models: { url, model: 'sim-large' } };
  writeFileSync(file, JSON.stringify(experiment));
  const out = join(folder.path, `${name}-run`);
  const run = startAttune(['run', file, '--out', out]);
  if (change) {
    for (const share of [1 / 4, 1 / 2]) {
      await until(() => recorded(out) >= share * SESSIONS || run.child.exitCode !== null, `${share} of the sessions are recorded`);
      expect(recorded(out)).toBeLessThan(SESSIONS);
      await change();
    }
    expect(recorded(out)).toBeLessThan(SESSIONS);
  }
  const { code, stderr } = await run.done;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain('failed');
  // A call that is cut off anywhere makes its session begin again.
  expect(begun(out)).toBe(SESSIONS);
  return { sessions: sortedLines(out, 'sessions.ndjson'), verdicts: sortedLines(out, 'verdicts.ndjson') };
}

async function startAgent(state: string): Promise<ServiceProcess> {
  const url = `http://${models.address}/v1`;
  const agent = await startService(['agent', '--methods', 'reflection', '--state', join(folder.path, state)], { ATTUNE_MODEL_URL: url, ATTUNE_MODEL: 'sim-large' });
  agents.push(agent);
  return agent;
}

interface Lines {
  sessions: string[];
  verdicts: string[];
}
