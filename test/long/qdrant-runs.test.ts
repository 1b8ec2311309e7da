import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { PreferenceStoreDefinition } from '../../services/gen/attune/preference/v1/preference.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import { connect } from '../../services/platform/rpc.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { filesWith } from '../support/lab.ts';
import { startQdrantStandIn } from '../support/qdrant-stand-in.ts';

const DESIGN = { name: 'memory', methods: ['rag', 'rag_vector'], profiles: { limit: 2 }, sessions: 2, seed: 5 };
/** A server compares vectors in float32. */
const rounded = (lines: string[]) => lines.map((line) => line.replace(/-?\d+\.\d{5,}(?:e-?\d+)?/g, (number) => String(Math.round(Number(number) * 1e4) / 1e4)));

test('a run with its memories on a Qdrant server gives the records of one with the embedded store, and keeps the key to itself', async () => {
  await using server = await startQdrantStandIn({ apiKey: 'sesame-open' });
  await using folder = await temporaryFolder();
  const places = { embedded: {}, qdrant: { store: { qdrant: server.url, apiKeyEnv: 'MY_QDRANT_KEY', prefix: 'my-run' } } };
  for (const [name, preferences] of Object.entries(places)) {
    const file = join(folder.path, `${name}.yaml`);
    writeFileSync(file, JSON.stringify({ ...DESIGN, preferences }));
    const { code, stderr } = await attune(['run', file, '--out', join(folder.path, name)], { cwd: folder.path, env: { MY_QDRANT_KEY: 'sesame-open' } });
    expect(stderr).not.toContain('fail');
    expect(code).toBe(0);
  }
  for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) {
    expect(rounded(sortedLines(join(folder.path, 'qdrant'), file))).toEqual(rounded(sortedLines(join(folder.path, 'embedded'), file)));
  }
  expect(server.refused).toEqual([]);
  expect(new Set(server.requests.map(({ path }) => path.split('/')[2]))).toEqual(new Set([undefined, 'my-run_v1_cards', 'my-run_v1_log', 'my-run_v1_states']));
  expect(filesWith(folder.path, 'sesame-open')).toEqual([]);
  expect(existsSync(join(folder.path, 'qdrant/state/preference-store'))).toBe(false);
}, 240_000);

test('a server that does not answer, or does not take the key, is one sentence before anything is written', async () => {
  await using folder = await temporaryFolder();
  const server = await startQdrantStandIn({ apiKey: 'sesame-open' });
  const file = join(folder.path, 'run.yaml');
  writeFileSync(file, JSON.stringify({ ...DESIGN, preferences: { store: { qdrant: server.url } } }));
  const run = () => attune(['run', file, '--out', join(folder.path, 'out')], { cwd: folder.path, env: { ATTUNE_QDRANT_API_KEY: 'guessed-it' } });
  const locked = await run();
  expect([locked.code, locked.stderr]).toEqual([expect.any(Number), expect.stringMatching(/Qdrant at http:\S+ does not take the API key/)]);
  expect(locked.stderr).not.toContain('guessed-it');
  await server[Symbol.asyncDispose]();
  const gone = await run();
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/Qdrant at http:\S+ was asked 7 times for .* gave no answer \(ECONNREFUSED\)/)]);
  expect(gone.stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(folder.path, 'out'))).toBe(false);
}, 120_000);

test('two processes on one server share a memory; without the server neither starts', async () => {
  await using folder = await temporaryFolder();
  const server = await startQdrantStandIn({ apiKey: 'sesame-open' });
  const sim = createModelSim({ seed: 1, knowledge: [], models: ['m'] });
  const { url } = await sim.listen();
  const env = {
    ATTUNE_MODEL_URL: url, ATTUNE_MODEL: 'm', ATTUNE_EMBEDDING_URL: url, ATTUNE_EMBEDDING_MODEL: 'm', ATTUNE_RERANK_URL: url, ATTUNE_RERANK_MODEL: 'm',
    ATTUNE_QDRANT_URL: server.url, ATTUNE_QDRANT_API_KEY: 'sesame-open', ATTUNE_QDRANT_PREFIX: 'shared',
  };
  const start = () => {
    const service = startAttune(['serve', 'preference-store', '--port', '0'], { cwd: folder.path, env });
    running.push(service.child);
    return service;
  };
  const processes = [start(), start()];
  const clients = await Promise.all(processes.map(async ({ out }) => connect(PreferenceStoreDefinition, await addressIn(out))));
  const user = { runId: 'r', method: 'rag', userId: 'u' };
  const remember = (process: number, turn: number, action: string) => clients[process]!.client.remember({ key: { user, session: 0 }, turn, preferences: [{ condition: 'coding', action, confidence: 1 }] });
  await Promise.all([remember(0, 0, 'use tables'), clients[1]!.client.getUserState({ user })]);
  await remember(1, 1, 'be brief');
  const [one, other] = await Promise.all(clients.map(({ client }) => client.getUserState({ user, withEmbeddings: true })));
  expect(one!.cards.map(({ action }) => action)).toEqual(['use tables', 'be brief']);
  expect(other).toEqual(one);
  await Promise.all(clients.map((client) => client.close()));
  for (const { child } of processes) child.kill('SIGTERM');
  for (const { code, stderr } of await Promise.all(processes.map(({ done }) => done))) expect([code, stderr]).toEqual([0, expect.not.stringContaining('sesame-open')]);
  expect(server.refused).toEqual([]);
  await server[Symbol.asyncDispose]();
  expect(await start().done).toMatchObject({ code: 1, stderr: expect.stringMatching(/Qdrant at http:\S+ was asked 7 times/) });
  await sim.close();
}, 120_000);

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Waits until a service says where it listens. */
async function addressIn(out: { stderr: string }): Promise<string> {
  for (const until = Date.now() + 60_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = /"address":"([\d.]+:\d+)/.exec(out.stderr);
    if (found) return found[1]!;
  }
  throw new Error(`The service did not start: ${out.stderr}`);
}
