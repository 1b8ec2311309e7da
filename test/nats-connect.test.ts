import { join } from 'node:path';
import { writeFileSync, existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEnv } from '../services/platform/config.ts';
import { natsEnv } from '../services/platform/nats.ts';
import { attune, temporaryFolder } from './support/attune.ts';
import { haveNatsServer, startNatsServer } from './support/nats-server.ts';

const QUICK = ['run', '--methods', 'vanilla', '--profiles', '1', '--sessions', '1'];

describe.skipIf(!haveNatsServer)('a connection that cannot be made is one sentence', () => {
  test('nobody at the address: nothing is left behind', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'run');
    const { code, stderr } = await attune([...QUICK, '--out', out, '--bus', 'nats://127.0.0.1:1']);
    expect(stderr).toBe('No NATS server answers at nats://127.0.0.1:1 (the connection was refused); start one with "nats-server -js" or correct --bus or ATTUNE_BUS.\n');
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  test('wrong credentials, and right ones from the environment, from files and by token', async () => {
    await using server = await startNatsServer({ config: 'authorization { user: attune, password: planted-secret }' });
    await expect(server.connect({ ATTUNE_BUS_USER: 'attune', ATTUNE_BUS_PASSWORD: 'wrong-secret' })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/^The NATS server at \S+ refused the credentials; set ATTUNE_BUS_USER and ATTUNE_BUS_PASSWORD, ATTUNE_BUS_TOKEN or ATTUNE_BUS_CREDS\.$/),
    });
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'password');
    writeFileSync(file, 'planted-secret\n');
    for (const [name, value] of [['ATTUNE_BUS_PASSWORD', 'planted-secret'], ['ATTUNE_BUS_PASSWORD_FILE', file]] as const) await (await server.connect({ ATTUNE_BUS_USER: 'attune', [name]: value })).close();
    await using other = await startNatsServer({ config: 'authorization { token: planted-token }' });
    await (await other.connect({ ATTUNE_BUS_TOKEN: 'planted-token' })).close();
  });

  test('a server without JetStream', async () => {
    await using server = await startNatsServer({ jetstream: false });
    await expect(server.connect()).rejects.toMatchObject({
      code: 'failed_precondition',
      message: `The NATS server at ${server.url} should have JetStream, but it is switched off; start it with "nats-server -js" or enable it for this account.`,
    });
  });

  test('a user who may not use JetStream subjects', async () => {
    await using server = await startNatsServer({ config: 'authorization { users: [{ user: narrow, password: p, permissions: { publish: "elsewhere.>", subscribe: "_INBOX.>" } }] }' });
    await expect(server.connect({ ATTUNE_BUS_USER: 'narrow', ATTUNE_BUS_PASSWORD: 'p' })).rejects.toMatchObject({ code: 'permission_denied', message: expect.stringMatching(/^The streams of the NATS server at \S+ could not be made ready: this user of the NATS server may not do that \(Permissions Violation for Publish to "\$JS\.API\.INFO"\); set ATTUNE_BUS_USER /) as string });
  });

  test('streams of another version, and streams that somebody else made', async () => {
    await using server = await startNatsServer();
    const nats = await server.connect();
    const { config } = await nats.jsm.streams.info('ATTUNE_WORK');
    await nats.jsm.streams.update('ATTUNE_WORK', { ...config, description: 'attune bus 7: trajectories to run' });
    await expect(server.connect()).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringMatching(/^The stream ATTUNE_WORK should hold messages of version 1, found version 7; go on with the Attune that made it/) });
    await nats.jsm.streams.update('ATTUNE_WORK', { ...config, description: 'mine' });
    await expect(server.connect()).rejects.toThrow('found a stream that Attune did not make');
    await nats.jsm.streams.delete('ATTUNE_WORK');
    await nats.jsm.streams.add({ name: 'ATTUNE_WORK', subjects: ['attune.work.>'], retention: 'limits', description: config.description! });
    await expect(server.connect()).rejects.toThrow('The stream ATTUNE_WORK should have retention workqueue, found limits');
    await nats.close();
  });

  test('connecting again, and twice at once, changes nothing; larger limits are taken', async () => {
    await using server = await startNatsServer();
    const both = await Promise.all([server.connect(), server.connect()]);
    const before = (await both[0].jsm.streams.info('ATTUNE_EVENTS')).config;
    const larger = await server.connect({ ATTUNE_BUS_MAX_MIB: '1024' });
    expect((await larger.jsm.streams.info('ATTUNE_EVENTS')).config).toEqual({ ...before, max_bytes: 2 ** 30 });
    const smaller = await server.connect({ ATTUNE_BUS_MAX_MIB: '64' });
    expect((await smaller.jsm.streams.info('ATTUNE_EVENTS')).config.max_bytes).toBe(2 ** 30);
    for (const nats of [...both, larger, smaller]) await nats.close();
  });
});

test('answers come where only the user reads, and a prefix that is none is refused', () => {
  const inbox = (env: Record<string, string>) => readEnv({ ATTUNE_BUS: 'nats://host:4222', ...env }, natsEnv)?.inbox;
  expect(inbox({ ATTUNE_BUS_USER: 'judge' })).toBe('_INBOX.judge');
  expect(inbox({ ATTUNE_BUS_USER: 'judge', ATTUNE_BUS_INBOX: '_J.7' })).toBe('_J.7');
  expect([inbox({}), inbox({ ATTUNE_BUS_USER: 'me@host.org' })]).toEqual([undefined, undefined]);
  for (const wrong of ['_INBOX.*', 'a b', '.x']) expect(() => inbox({ ATTUNE_BUS_INBOX: wrong })).toThrow('ATTUNE_BUS_INBOX should be the first part of a subject');
});

test('addresses with a password in them and other nonsense are refused without showing them', () => {
  const read = (address: string) => readEnv({ ATTUNE_BUS: address }, natsEnv);
  expect(() => read('nats://me:planted-secret@host:4222')).toThrow('The address of the bus should hold no user and no password; set ATTUNE_BUS_USER and ATTUNE_BUS_PASSWORD (or ATTUNE_BUS_TOKEN) and leave nats://host:4222.');
  expect(() => read('http://host')).toThrow('should look like nats://host:4222');
  expect(() => read('host:4222')).toThrow('should look like');
  expect(read('')).toBeNull();
});
