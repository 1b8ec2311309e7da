import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemBank } from '../services/catalogue/index.ts';
import { createModelSim } from '../services/model-sim/service.ts';
import { attune, ROOT, sortedLines, temporaryFolder } from './support/attune.ts';
import { freePort } from './support/free-port.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);

const place = await temporaryFolder();
const example = join(place.path, 'method-python');
const python = join(example, '.venv/bin/python');

/** What Python lacks here, in one sentence; empty when it has all that the example needs. */
const missing = await prepare();
if (missing !== '') {
  process.stderr.write(`\nSKIPPED: the Python example is not tested here. ${missing}\n\n`);
  await place[Symbol.asyncDispose]();
}

/** The example as its README says: a virtual environment, the stubs, the server, the conformance checks, a run. */
describe.skipIf(missing !== '')('examples/method-python', () => {
  const releases: (() => unknown)[] = [];
  let target = '';
  let modelUrl = '';

  beforeAll(async () => {
    releases.push(() => place[Symbol.asyncDispose]());
    await run('sh', ['generate.sh'], { cwd: example, env: { ...process.env, PYTHON: python, PROTO: join(ROOT, 'proto') } });

    const sim = createModelSim({ seed: 7, knowledge: problemBank(), models: ['sim-large'] });
    modelUrl = (await sim.listen()).url;
    releases.push(() => sim.close());
    const port = await freePort();
    target = `127.0.0.1:${port}`;
    // Also what --restart-command runs: the old server is gone before the new one starts.
    writeFileSync(
      join(example, 'restart.sh'),
      `cd "${example}"
if [ -f pid ]; then
  kill "$(cat pid)"
  while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.05; done
fi
ATTUNE_MODEL_URL="${modelUrl}" ATTUNE_MODEL=sim-large ATTUNE_PROMPTS="${join(ROOT, 'services/agent/prompts')}" .venv/bin/python server.py --port ${port} --db mine.db >>server.log 2>&1 &
echo $! >pid
`,
    );
    restart();
    releases.push(() => process.kill(Number(readFileSync(join(example, 'pid'), 'utf8'))));
    await until(() => existsSync(join(example, 'server.log')) && readFileSync(join(example, 'server.log'), 'utf8').includes('Serving mine at'), 'the server serves', 30_000);
  }, 120_000);

  afterAll(async () => {
    for (const release of releases.reverse()) await release();
  });

  function restart(): void {
    spawn('sh', [join(example, 'restart.sh')], { stdio: 'ignore', detached: true }).unref();
  }

  test('it keeps the contract, also across a restart', async () => {
    const { code, stdout, stderr } = await attune(['conformance', '--target', target, '--restart-command', `sh ${join(example, 'restart.sh')}`]);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/ {2}restart +passed/);
    expect(stdout).toMatch(/ {2}stream +not offered/);
    expect(stdout).toMatch(/18 passed, 1 not offered\./);
  }, 120_000);

  test('what is forgotten stands in no file of its own', () => {
    expect(readFileSync(join(example, 'mine.db')).includes('call my project')).toBe(false);
    expect(readFileSync(join(example, 'server.log'), 'utf8')).not.toContain('Traceback');
  });

  test('it takes part in a run beside a built-in method', async () => {
    const out = join(place.path, 'run');
    const { code, stderr } = await attune(['run', '--models', modelUrl, '--model', 'sim-large', '--methods', `vanilla,mine=${target}`, '--profiles', '2', '--sessions', '3', '--out', out]);
    expect(code, stderr).toBe(0);
    const sessions = sortedLines(out, 'sessions.ndjson').map((line) => JSON.parse(line) as Recorded);
    expect(sessions.map(({ method, error }) => [method, error ?? ''])).toEqual([...Array.from({ length: 6 }, () => ['mine', '']), ...Array.from({ length: 6 }, () => ['vanilla', ''])]);
    const blocks = sessions.filter(({ method }) => method === 'mine').flatMap(({ turns }) => turns.map(({ agent }) => agent?.injected?.block ?? ''));
    expect(blocks.some((block) => block.startsWith('- '))).toBe(true);
  }, 120_000);
});

/** Copies the example and installs what it needs; says in one sentence what this machine lacks for that. Throws when the example itself is at fault. */
async function prepare(): Promise<string> {
  const found = spawnSync('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'], { encoding: 'utf8' });
  if (found.error) return 'python3 is not installed.';
  if (found.status !== 0) return `Python 3.10 or newer with venv and pip is needed, on Debian: apt-get install python3-venv. ${found.stderr.trim().split('\n').at(-1) ?? ''}`;
  const ours = (path: string) => !/[/\\](generated|\.venv|__pycache__)$/.test(path);
  cpSync(join(ROOT, 'examples/method-python'), example, { recursive: true, filter: ours });
  await run('python3', ['-m', 'venv', '.venv'], { cwd: example });
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '2', '-r', 'requirements.txt'], { cwd: example });
    return '';
  } catch (failed) {
    const { stderr } = failed as { stderr: string };
    if (/NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|NameResolutionError|from versions: none/.test(stderr)) return 'The Python package registry cannot be reached.';
    throw failed;
  }
}

interface Recorded {
  method: string;
  error?: string;
  turns: { agent?: { injected?: { block?: string } } }[];
}
