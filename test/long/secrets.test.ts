import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attune, sortedLines, temporaryFolder, type Finished } from '../support/attune.ts';
import { makeCertificates } from '../support/certificates.ts';
import { modelEnv } from '../support/model-env.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

/** A secret for every place that takes one; each begins with the same letters, so that one search finds all. */
const MARK = 'planted5ecret';
const secret = (name: string) => `${MARK}-${name}-0123456789`;
const EVERYWHERE = {
  ATTUNE_API_KEY: secret('model-key'),
  ATTUNE_QDRANT_API_KEY: secret('qdrant-key'),
  ATTUNE_MEM0_API_KEY: secret('mem0-key'),
  ATTUNE_ZEP_API_KEY: secret('zep-key'),
  HF_TOKEN: secret('hub-token'),
  ATTUNE_LOG_LEVEL: 'trace',
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let files: ReturnType<typeof makeCertificates>;
let services: Record<'models' | 'store' | 'agent' | 'judge', ServiceProcess>;
let modelsUrl: string;
const running: ServiceProcess[] = [];
const start = async (...args: Parameters<typeof startService>) => {
  const service = await startService(...args);
  running.push(service);
  return service;
};

beforeAll(async () => {
  folder = await temporaryFolder();
  files = makeCertificates(folder.path);
  const tokenFile = join(folder.path, 'tokens');
  writeFileSync(tokenFile, `${secret('old-judge-token')}\n${secret('judge-token')}\n`);
  const models = await start(['model-sim'], { ...EVERYWHERE, ATTUNE_SEED: '7' });
  modelsUrl = `http://${models.address}/v1`;
  const env = {
    ...EVERYWHERE,
    ...modelEnv(modelsUrl),
  };
  const tls = { ATTUNE_TLS_CERT: files.cert, ATTUNE_TLS_KEY: files.key, ATTUNE_TLS_CA: files.ca };
  const shared = { ...env, ...tls, ATTUNE_TOKEN: secret('deployment-token') };
  const store = await start(['preference-store', '--state', join(folder.path, 'cards')], shared);
  const [agent, judge] = await Promise.all([
    start(['agent', '--methods', 'rag,reflection', '--preference-store', store.address, '--state', join(folder.path, 'states')], { ...shared, ATTUNE_TLS_CLIENT_CA: files.ca, ATTUNE_METRICS_PORT: '0' }),
    start(['judge'], { ...env, ATTUNE_TOKEN_FILE: tokenFile }),
  ]);
  services = { models, store, agent, judge };
}, 150_000);

afterAll(async () => {
  for (const service of running.reverse()) await service.stop();
  await folder[Symbol.asyncDispose]();
});

function experiment(name: string, changes: { methodToken?: string; judgeToken?: string } = {}): string {
  const { methodToken = 'MY_AGENT_TOKEN', judgeToken = 'MY_JUDGE_TOKEN' } = changes;
  const tls = { ca: files.ca, cert: files.clientCert, key: files.clientKey };
  const methods = ['vanilla', ...['rag', 'reflection'].map((method) => ({ name: method, target: services.agent.address, tokenEnv: methodToken, tls }))];
  const file = join(folder.path, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ name, methods, profiles: { limit: 1 }, sessions: 2, maxTurns: 3, services: { judge: services.judge.address, tokenEnv: judgeToken }, models: { url: modelsUrl, model: 'sim-large' } }));
  return file;
}

const run = (name: string, file: string, env: Record<string, string> = {}): Promise<Finished> =>
  attune(['run', file, '--wire', '--debug', '--out', join(folder.path, 'runs', name)], {
    env: { ...EVERYWHERE, ATTUNE_TOKEN: secret('run-token'), MY_AGENT_TOKEN: secret('deployment-token'), MY_JUDGE_TOKEN: secret('judge-token'), ...env },
  });

test('a run shows its credentials to whoever asks for them, by TLS and tokens, and no secret stands in anything that is written', async () => {
  const done = await run('good', experiment('good'));
  expect(done.code, done.stderr).toBe(0);
  expect(sortedLines(join(folder.path, 'runs/good'), 'sessions.ndjson').filter((line) => !line.includes('"error":""'))).toEqual([]);
  expect(sortedLines(join(folder.path, 'runs/good'), 'verdicts.ndjson').filter((line) => line.includes('VERDICT_STATUS_SCORED')).length).toBeGreaterThan(0);

  const said: [string, string][] = [['run', done.stdout + done.stderr]];
  // Every way of being wrong, since errors are what secrets leak through.
  const wrong = { ...EVERYWHERE, MY_WRONG_TOKEN: secret('wrong-token') };
  const failures: [string, Promise<Finished>, RegExp][] = [
    ['wrong token of a method', run('bad1', experiment('bad1', { methodToken: 'MY_WRONG_TOKEN' }), wrong), /Method (rag|reflection) at .*does not know the bearer token/],
    ['wrong token of the judge', run('bad0', experiment('bad0', { judgeToken: 'MY_WRONG_TOKEN' }), wrong), /attune\.judge\.v1\.Judge\/\w+ does not know the bearer token/],
    ['no token of a method', run('bad2', experiment('bad2', { methodToken: 'NOT_SET' })), /environment variable NOT_SET, which the experiment names for the token of the method (rag|reflection), is not set/],
    ['wrong model key', run('bad3', experiment('bad3'), { ATTUNE_API_KEY: secret('wrong-key') }), /401|key/i],
    ['token too short', run('bad4', experiment('bad4'), { MY_AGENT_TOKEN: MARK }), /A token in MY_AGENT_TOKEN should have at least 16/],
  ];
  for (const [name, failed, sentence] of failures) {
    const { code, stdout, stderr } = await failed;
    expect([name, code === 0]).toEqual([name, false]);
    expect(stderr).toMatch(sentence);
    said.push([name, stdout + stderr]);
  }

  const metrics = /"metrics":"(.*?)"/.exec(services.agent.stderr)![1]!;
  said.push(['metrics without a token', await (await fetch(metrics)).text()]);
  said.push(['metrics', await (await fetch(metrics, { headers: { authorization: `Bearer ${secret('deployment-token')}` } })).text()]);
  for (const [name, service] of Object.entries(services)) said.push([name, service.stderr]);
  expect(said.at(-1)![1].length + said.at(-2)![1].length).toBeGreaterThan(200);
  expect(said.filter(([, text]) => text.includes(MARK)).map(([name, text]) => `${name}: ${text.slice(Math.max(0, text.indexOf(MARK) - 200), text.indexOf(MARK) + 40)}`)).toEqual([]);

  const written = ['runs', 'cards', 'states'].flatMap((name) => readdirSync(join(folder.path, name), { recursive: true, withFileTypes: true }));
  const paths = written.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(paths.some((path) => path.endsWith('runs/good/report/index.html')) && paths.some((path) => path.endsWith('runs/good/manifest.json'))).toBe(true);
  expect(paths.filter((path) => readFileSync(path).includes(MARK))).toEqual([]);
  const key = readFileSync(files.clientKey, 'utf8').split('\n')[1]!;
  expect([...paths.filter((path) => readFileSync(path).includes(key)), ...said.filter(([, text]) => text.includes(key))]).toEqual([]);
}, 240_000);

test('a service that others can reach does not start without protection, and says so in one sentence', async () => {
  const env = { ...EVERYWHERE, ATTUNE_MODEL_URL: modelsUrl, ATTUNE_MODEL: 'sim-large' };
  const open = await attune(['serve', 'judge', '--host', '0.0.0.0', '--port', '0'], { env });
  expect([open.code, open.stderr]).toEqual([1, expect.stringMatching(/Others can reach 0\.0\.0\.0, so a server there needs TLS .* and a token .*ATTUNE_ALLOW_INSECURE=1/)]);
  const allowed = await startService(['judge', '--host', '0.0.0.0'], { ...env, ATTUNE_ALLOW_INSECURE: '1' });
  expect(await allowed.stop()).toBe(0);
  const half = await attune(['serve', 'judge', '--port', '0'], { env: { ...env, ATTUNE_TLS_CERT: files.cert } });
  expect(half.stderr).toMatch(/ATTUNE_TLS_CERT and ATTUNE_TLS_KEY belong together/);
  const missing = await attune(['serve', 'judge', '--port', '0'], { env: { ...env, ATTUNE_TOKEN_FILE: join(folder.path, 'nowhere') } });
  expect(missing.stderr).toMatch(/ATTUNE_TOKEN_FILE.*nowhere/);
}, 240_000);
