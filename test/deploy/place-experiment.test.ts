import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { judgePlaces, parseExperiment, placeOf } from '../../services/orchestrator/service.ts';
import { ROOT, temporaryFolder } from '../support/attune.ts';

const EXPERIMENT = {
  methods: ['vanilla'],
  models: { url: 'registry:large', model: 'large', roles: { agent: { url: 'registry:small', model: 'small' }, embedding: { url: ['registry:embed', 'http://spare:8000/v1'], model: 'embed' } } },
  judge: { panel: [{ url: 'registry:large', model: 'large' }] },
};

test('every server of a model that is ready takes part, in the order of their numbers; no other does', async () => {
  await using folder = await temporaryFolder();
  register(folder.path, [
    ['model-large-10', 'ready', 0],
    ['model-large-2', 'ready', 0],
    ['model-large-3', 'draining', 0],
    ['model-large-4', 'ready', 60],
    ['model-large-v2-0', 'ready', 0],
    ['model-small-0', 'ready', 0],
    ['model-embed-0', 'ready', 0],
  ]);
  const { status, stderr, placed } = place(folder.path);
  expect(status, stderr).toBe(0);
  const experiment = parseExperiment(placed, 'the test');
  const large = { url: 'http://model-large-2:8000/v1', replicas: ['http://model-large-10:8000/v1'] };
  expect(placeOf(experiment, 'simulator')).toMatchObject(large);
  expect(judgePlaces(experiment)).toMatchObject([large]);
  expect(placeOf(experiment, 'agent')).toMatchObject({ url: 'http://model-small-0:8000/v1' });
  expect(placeOf(experiment, 'agent').replicas).toBeUndefined();
  expect(placeOf(experiment, 'embedding')).toMatchObject({ url: 'http://model-embed-0:8000/v1', replicas: ['http://spare:8000/v1'] });
  expect(experiment.methods).toMatchObject([{ name: 'vanilla', target: 'node:50052' }]);
});

test('a model without a ready server is waited for, and named when none comes', async () => {
  await using folder = await temporaryFolder();
  register(folder.path, [['model-large-0', 'loading', 0]]);
  const begun = performance.now();
  const { status, stderr } = place(folder.path, { MODEL_WAIT: '2' });
  expect(performance.now() - begun).toBeGreaterThan(2_000);
  expect(status).not.toBe(0);
  expect(stderr).toContain('No server of the model large is ready');
});

function register(runDir: string, entries: readonly (readonly [string, string, number])[]): void {
  mkdirSync(join(runDir, 'registry'));
  for (const [name, state, age] of entries) {
    writeFileSync(join(runDir, 'registry', `${name}.json`), JSON.stringify({ name, host: name, port: 8000, job: '1', restart: 0, state, heartbeat: Math.floor(Date.now() / 1000) - age }));
  }
}

function place(runDir: string, more: Record<string, string> = {}): { status: number | null; stderr: string; placed: unknown } {
  const [source, out] = [join(runDir, 'experiment.yaml'), join(runDir, 'placed.yaml')];
  writeFileSync(source, stringify(EXPERIMENT));
  const env = { ...process.env, RUN_DIR: runDir, ATTUNE_TLS_CA: '/ca.pem', ...more };
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'slurm/place-experiment.mjs'), source, out, 'node:50051', 'vanilla=node:50052'], { env, encoding: 'utf8' });
  return { status, stderr, placed: status === 0 ? parse(readFileSync(out, 'utf8')) : null };
}
