import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createModelSim } from '../../services/model-sim/service.ts';
import { createAgent, loadMethod, MethodAgentDefinition, openStateStore } from '../../services/agent/service.ts';
import { AGENT_DEFAULTS } from '../../services/agent/config.ts';
import { problemBank } from '../../services/catalogue/index.ts';
import { parseExperiment } from '../../services/orchestrator/service.ts';
import { createModelHub } from '../../services/platform/models/index.ts';
import { bindService, serve } from '../../services/platform/rpc.ts';
import { ROOT, temporaryFolder } from '../support/attune.ts';
import { inventedDataset } from '../support/dataset-rows.ts';
import { createFakeHub } from '../support/fake-hub.ts';

/**
 * Runs every command block of README.md in a copy of the checkout, in their order. What a reader must
 * have beside it is put in its place: a model server (the simulated one) for every URL of a real one, a
 * method served by somebody else, a hub with datasets, and files of problems and profiles. `npm ci` and `npm test` are what
 * brought us here, so they are left out.
 */
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
const EXPERIMENTS = [...README.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);

let checkout: Awaited<ReturnType<typeof temporaryFolder>>;
const releases: (() => unknown)[] = [];
const places = new Map<RegExp, string>();
let hubUrl = '';

beforeAll(async () => {
  checkout = await temporaryFolder();
  for (const name of ['services', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'test']) cpSync(join(ROOT, name), join(checkout.path, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout.path, 'node_modules'));

  const models = ['meta-llama/Llama-3.1-8B-Instruct', 'llama3.1:8b', 'gpt-4o-mini', 'judge-model', 'sim-large'];
  const sim = createModelSim({ seed: 1, knowledge: problemBank(), models });
  const { url } = await sim.listen();
  releases.push(() => sim.close());
  places.set(/http:\/\/localhost:(8000|11434)\/v1|https:\/\/api\.openai\.com\/v1/g, url);

  const { address } = await serveMethod(url);
  places.set(/localhost:50060/g, address);
  places.set(/--port \d+/g, '--port 0');

  const hub = await createFakeHub({ 'HuggingFaceH4/MATH-500': inventedDataset('math-500'), 'hails/agieval-logiqa-en': inventedDataset('logiqa') });
  releases.push(() => hub[Symbol.asyncDispose]());
  hubUrl = hub.url;

  const lines = problemBank().slice(0, 12).map((p) => JSON.stringify({ problem: p.task?.problem, solution: p.solution, level: p.level }));
  writeFileSync(join(checkout.path, 'problems.jsonl'), lines.join('\n'));
  const users = [0, 1].map((i) => ({ i, persona: `Person ${i}`, categories: ['habit'], preferences: ['You prefer answers in bullet points.'] }));
  writeFileSync(join(checkout.path, 'profiles.json'), JSON.stringify(users));
  writeFileSync(join(checkout.path, 'experiment.yaml'), placed(EXPERIMENTS[0]!));
}, 60_000);

afterAll(async () => {
  for (const release of releases.reverse()) await release();
  await checkout[Symbol.asyncDispose]();
});

test.each(BLOCKS.flatMap(commandsOf).map((command) => [command]))('%s', async (command) => {
  const stays = /attune (up|serve)/.test(command);
  const { code, output } = await run(placed(command), stays ? /Ctrl-C stops|Serving/ : null);
  expect(output).not.toMatch(/^\s+at .*[:(]\d+/m);
  expect(code, output).toBe(0);
}, 120_000);

test.each(EXPERIMENTS)('is an experiment:\n%s', (text) => {
  expect(parseExperiment(parse(text), 'README.md').methods.length).toBeGreaterThan(0);
});

test('the README shows its commands in blocks that this test finds', () => {
  expect(BLOCKS.length).toBeGreaterThanOrEqual(9);
  expect(BLOCKS.flatMap(commandsOf).filter((c) => c.includes('attune run')).length).toBeGreaterThanOrEqual(7);
  expect(readdirSync(checkout.path)).toContain('runs');
});

/** One command a line; comments and what installs or tests the checkout are left out. */
function commandsOf(block: string): string[] {
  return block
    .split('\n')
    .map((line) => line.replace(/^npm ci && /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#') && line !== 'npm test');
}

function placed(text: string): string {
  let result = text;
  for (const [what, place] of places) result = result.replace(what, place);
  return result;
}

/** Runs a command as a shell would; one that stays is stopped by SIGTERM once it says it is ready. */
function run(command: string, ready: RegExp | null): Promise<{ code: number | null; output: string }> {
  const bin = join(checkout.path, 'bin');
  mkdirSync(bin, { recursive: true });
  // `npx attune` as npm links it, without asking a registry.
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nname="$1"; shift\n[ "$name" = attune ] && exec node "${checkout.path}/services/cli/attune.mjs" "$@"\nexec node "${ROOT}/node_modules/.bin/$name" "$@"\n`, { mode: 0o755 });
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', ready ? `exec ${command}` : command], {
      cwd: checkout.path,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, VITEST: '', ATTUNE_HUB_URL: hubUrl, ATTUNE_CACHE: join(checkout.path, 'cache') },
    });
    let output = '';
    let stopped = false;
    const listen = (text: Buffer) => {
      output += text.toString();
      // Once: a second signal ends a service at once, and what it says while it stops comes here too.
      if (stopped || !ready?.test(output)) return;
      stopped = true;
      child.kill('SIGTERM');
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function serveMethod(url: string): Promise<{ address: string }> {
  const hub = createModelHub({ endpoints: { main: { baseUrl: url } }, cache: { mode: 'off' }, log: { debug() {}, info() {}, warn() {} } });
  const model = hub.client('agent', { endpoint: 'main', model: 'sim-large' });
  const states = openStateStore(null);
  const template = { ...(await loadMethod('_template')), name: 'mine' };
  const agent = createAgent(AGENT_DEFAULTS, { agentModel: model, memoryModel: model, noteWriter: null, preferences: null, states, methods: [template] });
  const server = await serve([bindService(MethodAgentDefinition, agent)]);
  releases.push(() => hub.close(), () => states.close(), () => server.stop());
  return server;
}
