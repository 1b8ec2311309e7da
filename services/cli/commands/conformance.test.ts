import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attune, temporaryFolder } from '../../../test/support/attune.ts';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { parrotServer, type MethodServer } from '../../conformance/testing.ts';
import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { bindService, serve } from '../../platform/rpc.ts';
import { readTokens } from '../../platform/secret.ts';

async function conformance(server: MethodServer, ...args: string[]) {
  const running = await serve([bindService(MethodAgentDefinition, server)]);
  try {
    return await attune(['conformance', '--target', running.address, ...args]);
  } finally {
    await running.stop(0);
  }
}

test('a method that keeps the contract: a table and exit code 0', async () => {
  await using folder = await temporaryFolder();
  const restarted = join(folder.path, 'restarted');
  const { code, stdout, stderr } = await conformance(parrotServer(), '--restart-command', `echo yes > ${restarted}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^parrot, version 1: Repeats what was wished for\.\n {2}answers +passed +2 turns/);
  expect(stdout).toMatch(/ {2}restart +passed\n/);
  expect(stdout).toMatch(/\n19 passed\.\n$/);
});

test('one that does not: the check by name, exit code 1; --json gives the same to a program', async () => {
  const forgetful = () => parrotServer(() => ({ forget: async () => ({}) }));
  const { code, stdout, stderr } = await conformance(forgetful());
  expect(code).toBe(1);
  expect(stdout).toMatch(/ {2}forget +FAILED +After Forget the hash should be empty/);
  expect(stderr).toBe('1 check failed: parrot forget.\n');
  const json = await conformance(forgetful(), '--json');
  expect(json.code).toBe(1);
  const { methods } = JSON.parse(json.stdout) as { methods: { method: string; results: { check: string; outcome: string }[] }[] };
  expect(methods.map(({ method, results }) => [method, results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check)])).toEqual([['parrot', ['forget']]]);
});

test('a server that hangs fails its checks and not the command', async () => {
  const { code, stdout } = await conformance(parrotServer(() => ({ respond: () => new Promise<never>(() => {}) })), '--deadline-ms', '300');
  expect(code).toBe(1);
  expect(stdout).toMatch(/ {2}answers +FAILED +A call failed with DEADLINE_EXCEEDED/);
  expect(stdout).toMatch(/1 failed, 18 not checked\./);
});

test('a restart command that fails fails that check', async () => {
  await using folder = await temporaryFolder();
  const script = join(folder.path, 'restart.sh');
  writeFileSync(script, 'exit 3\n');
  const { code, stdout } = await conformance(parrotServer(), '--restart-command', `sh ${script}`);
  expect(code).toBe(1);
  expect(stdout).toMatch(/ {2}restart +FAILED .*should end with 0, found 3/);
});

test('a server that asks for a token, TLS and a client certificate: the flags open it, and each one that lacks is a sentence', async () => {
  await using folder = await temporaryFolder();
  const files = makeCertificates(folder.path);
  const planted = 'planted-token-0123456789';
  const [cert, key, clientCa] = [files.cert, files.key, files.ca].map((file) => readFileSync(file));
  const running = await serve([bindService(MethodAgentDefinition, parrotServer())], { security: { tokens: readTokens(planted, 'the test'), tls: { cert: cert!, key: key!, clientCa } } });
  const ask = (...flags: string[]) => attune(['conformance', '--target', running.address.replace('127.0.0.1', 'localhost'), '--deadline-ms', '10000', ...flags], { env: { MINE: planted, EMPTY: '' } });
  const [token, ca, own] = [['--token-env', 'MINE'], ['--ca', files.ca], ['--cert', files.clientCert, '--key', files.clientKey]];
  try {
    expect(await ask(...token, ...ca, ...own)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/\d+ passed/) as string });
    expect(await ask(...ca, ...own)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^[^\n]*bearer token[^\n]*\n$/) as string });
    for (const lacking of [[...token, ...own], [...token, ...ca]]) expect(await ask(...lacking)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^No server could be reached .*certificate/s) as string });
    expect(await ask('--token-env', 'EMPTY')).toMatchObject({ code: 2, stderr: 'The environment variable EMPTY of --token-env is not set; set it to the token, or leave the flag out.\n' });
    const given = await ask('--token-env', planted);
    expect(given).toMatchObject({ code: 2, stderr: '--token-env should be the name of an environment variable that holds the token, found something else.\n' });
    expect(await ask(...ca, '--cert', files.clientCert)).toMatchObject({ code: 2, stderr: '--cert and --key belong together; give both or neither.\n' });
    expect(await ask('--ca', join(folder.path, 'missing.pem'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Cannot read the file of --ca, [^\n]+\n$/) as string });
  } finally {
    await running.stop(0);
  }
});

test('wrong use: a sentence and exit code 2', async () => {
  expect(await attune(['conformance'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--target') });
  expect(await conformance(parrotServer(), '--method', 'other')).toMatchObject({ code: 2, stderr: 'The server does not offer the method "other"; it offers parrot.\n' });
  expect(await attune(['conformance', '--target', 'localhost'])).toMatchObject({ code: 2, stderr: expect.stringContaining('host:port') });
  expect(await attune(['conformance', '--target', '127.0.0.1:9'])).toMatchObject({ code: 1, stderr: expect.stringContaining('No server could be reached') });
});
