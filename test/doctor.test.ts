import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MethodAgentDefinition } from '../services/gen/attune/agent/v1/agent.ts';
import { createModelSim } from '../services/model-sim/service.ts';
import { AttuneError } from '../services/platform/errors.ts';
import { chatAnswer, startScriptedServer, type AskedRequest, type ScriptedAnswer } from '../services/platform/models/scripted-server.ts';
import { bindService, serve } from '../services/platform/rpc.ts';
import { diagnose } from '../services/cli/doctor/diagnose.ts';
import type { Finding } from '../services/cli/doctor/finding.ts';
import { parseExperiment } from '../services/orchestrator/service.ts';
import { attune, temporaryFolder } from './support/attune.ts';
import { haveNatsServer, startNatsServer } from './support/nats-server.ts';

const NOTHING = { experiment: null, isFromFile: false, secrets: {}, out: '.', bus: undefined, qdrant: undefined, services: [], poolingModel: undefined };

/** The findings on what an option or an experiment names, as "status what: detail". */
async function asked(options: Partial<Parameters<typeof diagnose>[0]>): Promise<string[]> {
  const findings = await diagnose({ ...NOTHING, secrets: { PATH: process.env['PATH'] }, ...options });
  return findings.filter(({ group }) => group === 'asked').map(({ status, what, detail }) => `${status} ${what}: ${detail}`);
}

const experimentOf = (raw: object) => ({ experiment: parseExperiment(raw, 'test'), isFromFile: false });

describe('attune doctor', () => {
  test('says what the machine has in groups, and fails only for what is needed or asked for', async () => {
    const { code, stdout } = await attune(['doctor', '--json'], { env: { PATH: '/nowhere', ATTUNE_BUS: '', ATTUNE_MODEL_URL: '' } });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(code).toBe(0);
    const of = (what: string) => findings.find((finding) => finding.what === what);
    expect(of('Node')).toEqual({ group: 'needed', what: 'Node', status: 'ok', detail: `version ${process.versions.node}` });
    expect(of('nats-server')).toMatchObject({ group: 'optional', status: 'missing', detail: expect.stringContaining('apt-get install nats-server') as string });
    for (const what of ['memory', 'folder of runs', 'disk', 'clock', 'loopback', 'embedded store']) expect(of(what)?.group, what).toBe('needed');
    for (const what of ['ports', 'chromium', 'python3', 'helm', 'sbatch', 'apptainer', 'nvidia-smi', 'models']) expect(of(what)?.group, what).toBe('optional');
    const plain = await attune(['doctor', '--services', '127.0.0.1:1']);
    expect(plain.code).toBe(1);
    expect(plain.stdout).toMatch(/^Needed\n {2}ok +Node .*\n\nAsked for\n {2}BROKEN +service 127\.0\.0\.1:1 +No server could be reached.*\n\nOptional\n/s);
    expect(plain.stderr).toContain('checks failed: service 127.0.0.1:1.');
  });

  test('a folder that cannot be written and a taken port are told', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await using taken = await startHttp(() => {}, 50_054).catch(() => null);
    const findings = await diagnose({ ...NOTHING, out: file });
    expect(findings.find(({ what }) => what === 'folder of runs')).toMatchObject({ status: 'broken', detail: expect.stringContaining('found a file; name another path') as string });
    // When another program has the port the finding is the same.
    expect(findings.find(({ what }) => what === 'ports')).toMatchObject({ status: 'weak', detail: expect.stringMatching(/50054 \(judge\).*need --port/) as string });
    void taken;
  });

  test('an experiment is looked through before it runs', async () => {
    const raw = { methods: ['vanilla', 'nothing_such', 'reflection_grpo'], datasets: ['bank', 'missing.jsonl', 'math-500'], profiles: { file: 'nobody.json' }, preferences: { itemSpace: 'none.json' }, services: { simulator: '127.0.0.1:1', tokenEnv: 'NO_TOKEN' } };
    const lines = await asked({ experiment: parseExperiment(raw, 'test'), isFromFile: true, secrets: { ATTUNE_OFFLINE: '1', ATTUNE_CACHE: '/nowhere' } });
    expect(lines).toEqual([
      expect.stringMatching(/^broken users: .*nobody\.json/) as string,
      'ok problems bank: built in',
      expect.stringMatching(/^broken problems missing\.jsonl: there is no file missing\.jsonl; name a file, "bank" or one of /) as string,
      'broken problems math-500: math-500 is not in the cache and ATTUNE_OFFLINE is set; fetch it first with: attune datasets fetch math-500',
      expect.stringMatching(/^ok method vanilla: /) as string,
      expect.stringMatching(/^broken method nothing_such: .*known|nothing_such/) as string,
      'broken method reflection_grpo: reflection_grpo needs a model trained to write notes; name it in models.roles.note_writer.',
      expect.stringMatching(/^broken simulator: The environment variable NO_TOKEN.*is not set; set it/) as string,
      'broken item space: there is no file none.json; make it with: attune preferences fit-space.',
    ]);
  });
});

describe('attune doctor on models', () => {
  test('a server that does all that is asked passes', async () => {
    const sim = createModelSim({ seed: 7, knowledge: [], models: ['chat', 'vectors', 'ranks'] });
    const { url } = await sim.listen();
    const place = (model: string) => ({ url, model });
    const lines = await asked({ ...experimentOf({ models: { url, model: 'chat', roles: { embedding: place('vectors'), reranker: place('ranks') } } }), poolingModel: 'vectors' });
    await sim.close();
    expect(lines.filter((line) => line.startsWith('broken'))).toEqual([]);
    expect(lines.map((line) => line.split(': ').slice(0, line.includes(': chat') ? 2 : 1)[0])).toEqual(['ok model chat', 'ok model chat', 'ok model chat', 'ok model vectors', 'ok model vectors', 'ok model ranks', expect.stringMatching(/^(ok|weak) model ranks$/), 'ok model vectors', 'ok clock']);
    expect(lines.at(-2)).toMatch(/^ok model vectors: pooling gives \d+ numbers a text$/);
  });

  test.each<[string, object, (path: string, body: AskedRequest['body']) => ScriptedAnswer, RegExp]>([
    ['a name that is not served', {}, () => ({ json: { data: [{ id: 'other' }] } }), /^broken model it: .*serve model "it", found "other"; use one of its names/],
    ['a key that is refused', {}, () => ({ status: 401, json: { error: { message: 'no' } } }), /^broken model it: .*key/i],
    ['answers without structure', {}, (path) => (path.endsWith('/models') ? known() : chatAnswer('Ready, I guess.')), /^broken model it: structured output: .*use an instruction-tuned model/],
    ['empty answers', {}, (path, body) => (path.endsWith('/models') ? known() : chatAnswer(body['response_format'] ? '{"ready":true}' : '')), /^weak model it: chat: a plain question got an empty answer/],
    ['one vector for everything', { roles: 'embedding' }, (path, body) => (path.endsWith('/models') ? known() : vectors(body.input!.map(() => [1, 0]))), /^broken model it: embeddings: different texts get the same vector/],
    ['vectors of zeros', { roles: 'embedding' }, (path, body) => (path.endsWith('/models') ? known() : vectors(body.input!.map(() => [0, 0]))), /^broken model it: embeddings: the endpoint gives vectors of zeros/],
    ['no embeddings at all', { roles: 'embedding' }, (path) => (path.endsWith('/models') ? known() : { status: 404, json: {} }), /^broken model it: embeddings: /],
    ['a reranker without its template', { roles: 'reranker' }, (path, body) => (path.endsWith('/models') ? known() : ranks(body.documents!.map(() => 0.5))), /^broken model it: reranking: every passage gets the same score \(relevant 0\.500, irrelevant 0\.500\), so the model is served without its template/],
    ['a reranker that is upside down', { roles: 'reranker' }, (path, body) => (path.endsWith('/models') ? known() : ranks(body.documents!.map((text) => (text.includes('Paris') ? 0.1 : 0.9)))), /^broken model it: reranking: an irrelevant passage is scored above the relevant one/],
    ['a reranker that is unsure', { roles: 'reranker' }, (path, body) => (path.endsWith('/models') ? known() : ranks(body.documents!.map((text) => (text.includes('Paris') ? 0.6 : 0.4)))), /^weak model it: reranking: the scores are close/],
    ['a reranker that gives logits', { roles: 'reranker' }, (path, body) => (path.endsWith('/models') ? known() : ranks(body.documents!.map((text) => (text.includes('Paris') ? 7.5 : -9)))), /^ok model it: reranking: relevant 7\.500, irrelevant -9\.000/],
    ['a server whose clock is wrong', {}, (path) => ({ ...(path.endsWith('/models') ? known() : chatAnswer('{"ready":true}')), headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } }), /^broken clock: our clock is 3[56]\d\d s ahead of that of http.*; let NTP set both/],
    ['no pooling', { pooling: true }, (path) => (path.endsWith('/models') ? known() : path.includes('pooling') ? { status: 404, json: {} } : chatAnswer('{"ready":true}')), /^broken model it: http.*\/pooling answered 404; serve the model with --runner pooling/],
    ['pooling without numbers', { pooling: true }, (path) => (path.endsWith('/models') ? known() : path.includes('pooling') ? { json: { data: [] } } : chatAnswer('{"ready":true}')), /^broken model it: http.*\/pooling should give numbers/],
  ])('%s', async (_name, { roles, pooling }: { roles?: string; pooling?: boolean }, answer, expected) => {
    await using server = await startScriptedServer(({ path, body }) => answer(path, body));
    const place = { url: server.baseUrl, model: 'it' };
    const models = roles === undefined ? { ...place, retries: 0 } : { roles: { [roles]: place } };
    const lines = await asked({ ...experimentOf({ models }), poolingModel: pooling ? 'it' : undefined });
    expect(lines.filter((line) => expected.test(line)), lines.join('\n')).toHaveLength(1);
  });

  test('a key that the experiment names and nobody set', async () => {
    const lines = await asked(experimentOf({ models: { url: 'http://127.0.0.1:1', model: 'it', apiKeyEnv: 'HOUSE_KEY' } }));
    expect(lines[0]).toBe('broken model it: the experiment takes its key from HOUSE_KEY, which is not set; set it.');
  });
});

describe('attune doctor on services', () => {
  test('what a server offers, and a method that it does not host', async () => {
    const server = await serve([agentThat(async () => ({ methods: [{ name: 'mine' }] }))]);
    try {
      expect(await asked({ services: [server.address] })).toEqual([`ok service ${server.address}: ${server.address} serves agent with mine`]);
      const experiment = parseExperiment({ methods: [{ name: 'mine', target: server.address }, { name: 'yours', target: server.address }], services: { judge: server.address } }, 'test');
      expect((await asked({ experiment, isFromFile: true })).slice(2)).toEqual([
        `ok method mine: ${server.address} serves agent with mine`,
        `broken method yours: ${server.address} should host the method yours, found mine; name the method as its server does, or correct the address.`,
        `broken judge: ${server.address} should offer judge, found agent; correct the address.`,
      ]);
    } finally {
      await server.stop();
    }
    expect((await asked({ services: [server.address] }))[0]).toMatch(/^broken service .*No server could be reached/);
  });

  test('a method whose description fails', async () => {
    const server = await serve([agentThat(() => Promise.reject(new AttuneError('unauthenticated', 'Who are you?')))]);
    expect((await asked({ services: [server.address] }))[0]).toBe(`broken service ${server.address}: Who are you?`);
    await server.stop();
  });
});

describe('attune doctor on Qdrant', () => {
  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, RegExp]>([
    ['a server that fits', qdrant('1.18.2'), /^ok qdrant: Qdrant 1\.18\.2 at .* answers and takes the key$/],
    ['one that is too old', qdrant('1.9.7'), /^broken qdrant: Qdrant 1\.9\.7 at .* install 1\.10 or newer/],
    ['one that nobody tried', qdrant('1.12.0'), /^weak qdrant: Qdrant 1\.12\.0 at .* only 1\.18 was tried/],
    ['one that refuses the key', qdrant('1.18.0', 401), /^broken qdrant: Qdrant at .* refuses the key; set ATTUNE_QDRANT_API_KEY/],
    ['another server', (_, response) => void response.end('<html>'), /^broken qdrant: .* answers, but not as Qdrant does; look whether the URL leads to its HTTP port/],
  ])('%s', async (_name, handler, expected) => {
    await using server = await startHttp(handler);
    expect((await asked({ qdrant: server.url }))[0]).toMatch(expected);
  });
});

describe.skipIf(!haveNatsServer)('attune doctor on NATS', () => {
  test('a server that fits, and nothing is left on it', async () => {
    await using server = await startNatsServer();
    const before = await asked({ bus: server.url, secrets: { ATTUNE_BUS_MAX_MIB: '64' } });
    expect(before).toEqual([
      expect.stringMatching(/^ok bus: nats-server \d+\.\d+\.\d+ at nats:.* with JetStream$/) as string,
      'ok bus room: no streams yet, and room for them',
      expect.stringMatching(/^ok bus clock: the clock of the NATS server at .* agrees with ours within 5 s$/) as string,
    ]);
    const nats = await server.connect();
    expect((await nats.jsm.streams.names().next()).filter((name) => name.startsWith('ATTUNE_DOCTOR'))).toEqual([]);
    await nats.close();
    expect((await asked({ bus: server.url }))[1]).toMatch(/^ok bus room: 6 streams, 0\.0 MiB in use$/);
  });

  test('no JetStream, no room, streams of another version', async () => {
    await using plain = await startNatsServer({ jetstream: false });
    expect((await asked({ bus: plain.url }))[0]).toMatch(/^broken bus: The NATS server at .* should have JetStream, but it is switched off; start it with "nats-server -js"/);
    await using other = await startNatsServer();
    await using small = await startNatsServer({ config: 'accounts { A { users: [{ user: a, password: b }], jetstream { max_file: 64MB, max_mem: 1MB } } }' });
    const secrets = { ATTUNE_BUS_USER: 'a', ATTUNE_BUS_PASSWORD: 'b' };
    expect((await asked({ bus: small.url, secrets })).find((line) => line.includes('bus room'))).toMatch(/^broken bus room: the server has no room for the \d+ MiB that runs reserve \(.*\); raise max_file_store or the account's limit on it, or lower ATTUNE_BUS_MAX_MIB, which is 4096\.$/);
    expect((await asked({ bus: other.url, secrets: { ATTUNE_BUS_MAX_MIB: '64', ATTUNE_BUS_REPLICAS: '3' } })).find((line) => line.includes('bus room'))).toMatch(/^broken bus room: the server refuses 3 copies of a stream/);
    expect((await asked({ bus: small.url }))[0]).toMatch(/^broken bus: .*refused the credentials; set ATTUNE_BUS_USER/);
    const nats = await other.connect();
    await nats.jsm.streams.delete('ATTUNE_WORK');
    await nats.jsm.streams.add({ name: 'ATTUNE_WORK', subjects: ['attune.work.>'], retention: 'workqueue', description: 'attune bus 9: trajectories to run' });
    await nats.close();
    expect((await asked({ bus: other.url })).filter((line) => line.startsWith('broken'))).toEqual([expect.stringMatching(/^broken bus stream ATTUNE_WORK: .*should hold messages of version 1, found version 9; go on with the Attune that made it/)]);
  });
});

/** A method's server that can do nothing but introduce itself. */
function agentThat(describe: () => Promise<object>) {
  const others = Object.keys(MethodAgentDefinition.methods).map((name) => [name, () => Promise.reject(new AttuneError('unimplemented', 'No.'))]);
  return bindService(MethodAgentDefinition, { ...Object.fromEntries(others), describe } as never);
}

function known(): ScriptedAnswer {
  return { json: { data: [{ id: 'it' }] } };
}

function vectors(rows: number[][]): ScriptedAnswer {
  return { json: { data: rows.map((embedding, index) => ({ index, embedding })) } };
}

function ranks(scores: number[]): ScriptedAnswer {
  return { json: { results: scores.map((relevance_score, index) => ({ index, relevance_score })) } };
}

function qdrant(version: string, collectionsStatus = 200) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/') return void response.end(JSON.stringify({ title: 'qdrant - vector search engine', version }));
    response.writeHead(collectionsStatus).end(JSON.stringify({ result: { collections: [] } }));
  };
}

async function startHttp(handler: (request: IncomingMessage, response: ServerResponse) => void, port = 0): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
