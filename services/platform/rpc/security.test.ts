import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { bindService, checkHealth, connect, serve, type ConnectOptions, type ServeOptions } from '../rpc.ts';
import { readTokens, Secret } from '../secret.ts';
import { createPeerLimits } from './peer-limits.ts';
import { testAgent } from './test-agent.ts';

const TOKENS = readTokens('first-good-token-0123456789 second-good-token-0123456789', 'the test');
const folder = mkdtempSync(join(tmpdir(), 'attune-tls-'));
const files = makeCertificates(folder);
const pem = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(file)])) as Record<keyof typeof files, Buffer>;
afterAll(() => rmSync(folder, { recursive: true }));

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(options: ServeOptions): Promise<string> {
  const handlers = {
    describe: async () => ({ methods: [{ name: 'answered' }] }),
    async *respondStream() {
      yield { part: { $case: 'delta' as const, value: 'streamed' } };
    },
  };
  const server = await serve([bindService(MethodAgentDefinition, testAgent(handlers))], options);
  stops.push(() => server.stop(0));
  return server.address;
}

async function ask(address: string, options: ConnectOptions = {}): Promise<string> {
  const connection = connect(MethodAgentDefinition, address, options);
  stops.push(() => connection.close());
  const { methods } = await connection.client.describe({}, { deadline: 5_000 });
  for await (const { part } of connection.client.respondStream({})) expect(part?.value).toBe('streamed');
  return methods[0]!.name;
}

describe('tokens', () => {
  test('any of the good ones opens unary calls and streams; without one or with another nothing does, and no sentence repeats it', async () => {
    const address = await start({ security: { tokens: TOKENS } });
    for (const token of TOKENS) expect(await ask(address, { security: { token } })).toBe('answered');
    const failures = [undefined, new Secret('first-good-token-012345678'), new Secret('FIRST-GOOD-TOKEN-0123456789')].map((token) => ask(address, { security: { token } }).catch((error: unknown) => error));
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(/bearer token.*ATTUNE_TOKEN\)\.$/) as string });
      expect(String((failure as Error).message)).not.toMatch(/good-token/i);
    }
    const connection = connect(MethodAgentDefinition, address);
    stops.push(() => connection.close());
    await expect(connection.client.respondStream({})[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await checkHealth(address)).toBe('serving');
  });

  test('too short ones are refused, and no way of printing shows one', () => {
    for (const text of ['', ' \n', 'short', `${'x'.repeat(20)} tiny`]) expect(() => readTokens(text, 'ATTUNE_TOKEN')).toThrow(/A token in ATTUNE_TOKEN should have at least 16/);
    const [token] = TOKENS;
    const shown = [String(token), JSON.stringify({ token }), Object.keys(token!).join(), JSON.stringify(Object.getOwnPropertyDescriptors(token))];
    expect(shown.join()).not.toContain('good-token');
  });
});

describe('TLS', () => {
  const tls = { cert: pem.cert, key: pem.key };

  test('a client that trusts the authority gets in; a plain one and one that trusts others do not', async () => {
    const address = await start({ security: { tls, tokens: TOKENS } });
    expect(await ask(address, { security: { tls: { ca: pem.ca }, token: TOKENS[0] } })).toBe('answered');
    expect(await checkHealth(address, { security: { tls: { ca: pem.ca } } })).toBe('serving');
    for (const security of [{ token: TOKENS[0] }, { tls: {}, token: TOKENS[0] }]) await expect(ask(address, { security })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(ask(address, { security: { tls: { ca: pem.ca } } })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('with an authority for clients only those with a certificate of it get in', async () => {
    const address = await start({ security: { tls: { ...tls, clientCa: pem.ca } } });
    expect(await ask(address, { security: { tls: { ca: pem.ca, cert: pem.clientCert, key: pem.clientKey } } })).toBe('answered');
    await expect(ask(address, { security: { tls: { ca: pem.ca } } })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('files that are no certificates are told at the start', async () => {
    const junk = Buffer.from('not a certificate');
    await expect(start({ security: { tls: { cert: junk, key: junk } } })).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(/PEM.*ATTUNE_TLS_CERT/) as string });
    await expect(ask('127.0.0.1:1', { security: { tls: { cert: junk, key: junk } } })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('where others can reach a server', () => {
  test.each<[string, ServeOptions, RegExp | null]>([
    ['nothing', {}, /^Others can reach 0\.0\.0\.0, so a server there needs TLS .* and a token .*ATTUNE_ALLOW_INSECURE=1/],
    ['a token alone', { security: { tokens: TOKENS } }, /needs TLS \([^)]*\);/],
    ['TLS alone', { security: { tls: { cert: pem.cert, key: pem.key } } }, /needs a token/],
    ['TLS and a token', { security: { tls: { cert: pem.cert, key: pem.key }, tokens: TOKENS } }, null],
    ['TLS and client certificates', { security: { tls: { cert: pem.cert, key: pem.key, clientCa: pem.ca } } }, null],
    ['an explicit word', { allowInsecure: true }, null],
  ])('%s', async (_name, options, refused) => {
    const started = start({ host: '0.0.0.0', ...options });
    if (refused) await expect(started).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringMatching(refused) as string });
    else expect(await started).toMatch(/^0\.0\.0\.0:\d+$/);
  });

  test('a client sends no token there in the clear, unless told to', () => {
    const security = { token: TOKENS[0] };
    for (const target of ['10.0.0.7:50052', 'dns:///agent.example:50052', 'agent:50052']) {
      expect(() => connect(MethodAgentDefinition, target, { security })).toThrow(/would cross the network in the clear/);
      void connect(MethodAgentDefinition, target, { security, allowInsecure: true }).close();
    }
    for (const target of ['127.0.0.1:50052', 'localhost:50052', '[::1]:50052', 'dns:///localhost:50052']) void connect(MethodAgentDefinition, target, { security }).close();
  });
});

describe('limits of one caller', () => {
  test('calls at once, and calls a second, with a sentence; others are not touched', () => {
    let now = 0;
    const gate = createPeerLimits({ callsPerSecond: 2, concurrentCalls: 3 }, () => now);
    const leave = [gate.enter('a'), gate.enter('a'), gate.enter('a')];
    expect(() => gate.enter('a')).toThrow(/^The caller a has 3 calls under way, which is the most; .*ATTUNE_PEER_CONCURRENT_CALLS/);
    gate.enter('b')();
    leave[0]!();
    gate.enter('a')();
    expect(() => gate.enter('a')).toThrow(/^The caller a made more than 2 calls a second; .*ATTUNE_PEER_CALLS_PER_SECOND/);
    now += 500;
    gate.enter('a')();
    expect(() => gate.enter('a')).toThrow(/more than 2 calls a second/);
  });

  test('hold over the wire and end with the call', async () => {
    const address = await start({ peerLimits: { callsPerSecond: 1_000, concurrentCalls: 1 } });
    for (let index = 0; index < 5; index += 1) expect(await ask(address)).toBe('answered');
    const tight = await start({ peerLimits: { callsPerSecond: 1, concurrentCalls: 10 } });
    await ask(tight);
    await expect(ask(tight)).rejects.toMatchObject({ code: 'resource_exhausted', message: expect.stringMatching(/^The caller at 127\.0\.0\.1 made more than 1 calls a second/) as string });
    expect(await checkHealth(tight)).toBe('serving');
  });
});
