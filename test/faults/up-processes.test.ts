import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkHealth } from '../../services/platform/rpc.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import type { StartedAttune } from '../support/attune.ts';
import { haveNatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';

const left: StartedAttune[] = [];
afterEach(async () => {
  // A test that failed half-way leaves nothing running either.
  for (const { child } of left) child.kill('SIGKILL');
  await Promise.all(left.splice(0).map(({ done }) => done));
});

function startUp(args: readonly string[]): StartedAttune {
  const up = startAttune(args);
  left.push(up);
  return up;
}

const SMALL = 'name: small\nmethods: [vanilla]\nprofiles: { limit: 1 }\nsessions: 1\n';

describe.skipIf(!haveNatsServer)('attune up --processes', () => {
  test('a run on processes of their own over NATS gives the records of one process, and leaves none behind', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'experiment.yaml');
    // What a service of its own would do otherwise if it were not told: fewer cards, other prompts of the user, other sizes.
    writeFileSync(file, 'name: apart\nseed: 7\nmethods: [vanilla, reflection, rag]\nprofiles: { limit: 2 }\nsessions: 2\nagent: { maxTokens: 700 }\nsimulator: { style: two_step }\npreferences: { topJ: 1 }\n');
    const [whole, apart] = [join(folder.path, 'whole'), join(folder.path, 'apart')];
    const alone = await attune(['run', file, '--out', whole]);
    expect(alone.code, alone.stderr).toBe(0);
    const { code, stdout, stderr } = await attune(['up', '--processes', file, '--judges', '2', '--run', '--out', apart, '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sessions: 12, unjudged: 0, failed: { count: 0 } });
    expect(processesIn(stderr).map(({ name }) => name)).toEqual(['nats', 'model-sim', 'simulator', 'preference-store', 'agent-vanilla', 'agent-reflection', 'agent-rag', 'judge-1', 'judge-2', 'runner']);
    for (const lines of ['sessions.ndjson', 'verdicts.ndjson'] as const) expect(sortedLines(apart, lines)).toEqual(sortedLines(whole, lines));
    expect(readFileSync(join(apart, 'report/report.md'), 'utf8')).toMatch(/^\*\*The models of this run were simulated/);
    expect(processesIn(stderr).filter(({ pid }) => isAlive(pid))).toEqual([]);
  }, 300_000);

  test('a process that dies is told of and is back at its address; Ctrl-C stops all', async () => {
    await using folder = await temporaryFolder();
    const up = startUp(['up', '--processes', smallIn(folder.path), '--state', join(folder.path, 'state')]);
    const processes = await table(up);
    const agent = processes.find(({ name }) => name === 'agent-vanilla')!;
    process.kill(agent.pid, 'SIGKILL');
    await until(() => up.out.stderr.includes('agent-vanilla is back as process'), 'the agent is back', 120_000);
    expect(up.out.stderr).toContain(`agent-vanilla (process ${agent.pid}) was ended by SIGKILL; it is started again in 0.5 s. The last lines of ${join(folder.path, 'state/logs/agent-vanilla.log')}:\n`);
    expect(up.out.stderr).toContain('    info: Serving.\n');
    expect(await checkHealth(agent.address)).toBe('serving');
    const second = await attune(['up', '--processes', smallIn(folder.path), '--state', join(folder.path, 'state')]);
    expect(second.stderr).toContain(`is used by process ${up.child.pid}, which runs attune up; stop that one, or name another folder with --state.`);
    const told = JSON.parse(readFileSync(join(folder.path, 'state/processes.json'), 'utf8')) as { processes: object[] };
    expect(told.processes[0]).toMatchObject({ name: 'nats', pid: processes[0]!.pid });
    const back = Number(/is back as process (\d+)/.exec(up.out.stderr)![1]);
    up.child.kill('SIGINT');
    expect((await up.done).code).toBe(0);
    expect([...processes.map(({ pid }) => pid), back].filter(isAlive)).toEqual([]);
    expect(existsSync(join(folder.path, 'state/agent-vanilla/agent.db'))).toBe(true);
  }, 300_000);

  test('no process outlives the command, also when it is killed', async () => {
    await using folder = await temporaryFolder();
    const up = startUp(['up', '--processes', smallIn(folder.path), '--state', join(folder.path, 'state')]);
    const processes = await table(up);
    expect(processes.every(({ pid }) => isAlive(pid))).toBe(true);
    up.child.kill('SIGKILL');
    await up.done;
    await until(() => processes.every(({ pid }) => !isAlive(pid)), 'every process has ended');
  }, 180_000);

  test('a process that cannot start stops the others and says why', async () => {
    await using folder = await temporaryFolder();
    const state = join(folder.path, 'state');
    const up = await attune(['up', '--processes', smallIn(folder.path), '--state', state], { env: { ATTUNE_PEER_CONCURRENT_CALLS: 'many' } });
    expect(up.code).toBe(1);
    expect(up.stderr).toContain('model-sim ended with code 2 before it was ready. The last lines of');
    expect(up.stderr).toContain('ATTUNE_PEER_CONCURRENT_CALLS should be a whole number');
    const nats = Number(readFileSync(join(state, 'nats/nats-server.pid'), 'utf8'));
    expect(Number.isNaN(nats) || !isAlive(nats)).toBe(true);
  }, 120_000);
});

test('without a NATS server the command says how to get one', async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await attune(['up', '--processes', smallIn(folder.path)], { env: { PATH: folder.path, ATTUNE_BUS: '' } });
  expect(code).toBe(1);
  expect(stderr).toContain('There is no program nats-server on the PATH; install it (apt-get install nats-server');
  expect(stderr).toContain('or name a server that runs already with --bus nats://host:4222.');
});

test('what only one process can do is refused', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'experiment.yaml');
  const refusal = async (lines: string) => {
    writeFileSync(file, `${SMALL}${lines}`);
    return (await attune(['up', '--processes', file])).stderr;
  };
  expect(await refusal('models: { cache: read-write }')).toContain('models.cache is read-write, but services in processes of their own keep no response cache. One process can do it: attune run.');
  expect(await refusal('models: { roles: { reward: { url: sim, model: other } } }')).toContain('The roles extractor and reward should have one model');
  expect((await attune(['up', '--run'])).stderr).toContain('--run belongs to --processes');
});

function smallIn(folder: string): string {
  const file = join(folder, 'experiment.yaml');
  writeFileSync(file, SMALL);
  return file;
}

async function table(up: StartedAttune) {
  await until(() => up.out.stdout.includes('Ctrl-C stops all') || up.child.exitCode !== null, 'the processes are up', 120_000);
  expect(up.child.exitCode, up.out.stderr).toBe(null);
  return processesIn(up.out.stdout);
}

function processesIn(text: string): { name: string; pid: number; address: string }[] {
  return [...text.matchAll(/^([\w-]+) +(\d+)  (.+)$/gm)].map(([, name, pid, address]) => ({ name: name!, pid: Number(pid), address: address! }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
