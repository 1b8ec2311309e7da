import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chatAnswer, REQUEST, startScriptedServer, type AskedRequest, type ScriptedAnswer, type ScriptedServer } from './scripted-server.ts';
import { createModelHub } from './hub.ts';
import type { EndpointConfig, ModelHub, ModelHubConfig } from './types.ts';

const QUICK = { everyMs: 20, deadlineMs: 200, againMs: 10 };

describe('an endpoint of several servers', () => {
  test('sends the calls of one trajectory to one server, and trajectories to all', async () => {
    await using pool = await openPool(3, () => chatAnswer('hi'), { canary: { everyMs: 60_000 } });
    const client = pool.hub.client('agent', { endpoint: 'main', model: 'm' });
    for (let user = 0; user < 30; user += 1) for (let call = 0; call < 2; call += 1) await client.complete({ ...REQUEST, messages: [{ role: 'user', content: `${user}` }] }, { affinity: `run/rag/${user}` });
    const users = pool.servers.map(({ asked }) => asked.map(({ body }) => body.messages![0]!.content));
    expect(users.map((asked) => asked.length).every((count) => count >= 8)).toBe(true);
    for (const asked of users) for (const user of asked) expect(asked.filter((other) => other === user)).toHaveLength(2);
  });

  test('leaves a long line for the least loaded server', async () => {
    await using pool = await openPool(2, () => ({ ...chatAnswer('hi'), delayMs: 60 }), { canary: { everyMs: 60_000 } });
    const client = pool.hub.client('agent', { endpoint: 'main', model: 'm' });
    await Promise.all(Array.from({ length: 30 }, () => client.complete(REQUEST, { affinity: 'one' })));
    expect(Math.min(...pool.servers.map(({ asked }) => asked.length))).toBeGreaterThanOrEqual(8);
  });

  test('moves calls away from a server that hangs, although it says that it is healthy, and uses it again when it answers', async () => {
    let isStuck = true;
    await using pool = await openPool(2, (_, server) => (server === 0 && isStuck ? { ...chatAnswer(''), hang: true, delayMs: 2_000 } : chatAnswer('hi')), { canary: QUICK });
    const client = pool.hub.client('agent', { endpoint: 'main', model: 'm' });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, user) => client.complete(REQUEST, { affinity: `u${user}` })));
    expect(answers.map(({ text }) => text)).toEqual(Array(12).fill('hi'));
    expect(pool.hub.accounts()[0]!.usage!.calls).toBe(12);
    isStuck = false;
    const before = realCalls(pool.servers[0]!);
    await expect.poll(async () => {
      await client.complete(REQUEST, { affinity: 'u0' });
      await Promise.all(Array.from({ length: 12 }, (_, user) => client.complete(REQUEST, { affinity: `u${user}` })));
      return realCalls(pool.servers[0]!) > before + 3;
    }, { timeout: 8_000 }).toBe(true);
  }, 15_000);

  test('does without a server that is gone, and fails only when all are', async () => {
    await using pool = await openPool(2, (_, server) => (server === 0 ? { drop: true } : chatAnswer('hi')), { canary: QUICK });
    const client = pool.hub.client('agent', { endpoint: 'main', model: 'm' });
    for (let user = 0; user < 8; user += 1) expect((await client.complete(REQUEST, { affinity: `u${user}` })).text).toBe('hi');
    await using none = await openPool(2, () => ({ drop: true }), { canary: QUICK });
    await expect(none.hub.client('agent', { endpoint: 'main', model: 'm' }).complete(REQUEST)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('never gives a score of a reranker that rates everything alike', async () => {
    const rated = (request: AskedRequest, server: number): ScriptedAnswer => ({ json: { results: request.body.documents!.map((text, index) => ({ index, relevance_score: server === 0 ? 0.5 : text.length / 100 })) } });
    await using pool = await openPool(2, rated, { canary: { ...QUICK, everyMs: 60_000 } }, { prove: true });
    const client = pool.hub.client('reranker', { endpoint: 'main', model: 'r' });
    for (let call = 0; call < 6; call += 1) expect(await client.rerank(`q${call}`, ['ab', 'abcd'], { affinity: `${call}` })).toEqual([0.02, 0.04]);
    await using alone = await openPool(1, rated, {}, { prove: true });
    await expect(alone.hub.client('reranker', { endpoint: 'main', model: 'r' }).rerank('q', ['a'])).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('chat template') as string });
  });

  test('gives equal answers and keeps them under one name, whichever server gave them', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'attune-pool-'));
    const cache = { mode: 'read-write', dir } as const;
    await using pool = await openPool(2, () => chatAnswer('hi'), { canary: { everyMs: 60_000 }, cache });
    expect(pool.hub.load('main').limit).toBe(256);
    const ask = (hub: ModelHub, user: number) => hub.client('agent', { endpoint: 'main', model: 'm' }).complete({ ...REQUEST, seed: user }, { affinity: `${user}` });
    for (let user = 0; user < 8; user += 1) await ask(pool.hub, user);
    expect(pool.servers.every(({ asked }) => asked.length > 0)).toBe(true);
    const alone = pool.servers[0]!.hub({}, { cache });
    for (let user = 0; user < 8; user += 1) expect(await ask(alone, user)).toMatchObject({ text: 'hi', cached: true });
    await alone.close();
    await rm(dir, { recursive: true });
  });
});

describe('what goes over the wire', () => {
  test('priority is sent only when asked for, and judges come last', async () => {
    await using pool = await openPool(1, () => chatAnswer('hi'), {}, { sendPriority: true });
    await pool.hub.client('agent', { endpoint: 'main', model: 'm' }).complete(REQUEST);
    await pool.hub.client('judge', { endpoint: 'main', model: 'm', background: true }).complete(REQUEST);
    expect(pool.servers[0]!.asked.map(({ body }) => body['priority'])).toEqual([0, 10]);
    await using plain = await openPool(1, () => chatAnswer('hi'));
    await plain.hub.client('judge', { endpoint: 'main', model: 'm', background: true }).complete(REQUEST, { affinity: 'x' });
    expect(Object.keys(plain.servers[0]!.asked[0]!.body)).toEqual(['model', 'messages', 'temperature', 'max_tokens', 'seed']);
  });

  test('no call is sent once the caller of the hub refuses', async () => {
    let left = 3;
    await using pool = await openPool(1, () => chatAnswer('hi'), {
      mayAsk() {
        left -= 1;
        if (left < 0) throw new Error('enough');
      },
    });
    const client = pool.hub.client('agent', { endpoint: 'main', model: 'm' });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => client.complete(REQUEST)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(pool.servers[0]!.asked).toHaveLength(3);
  });
});

function realCalls(server: ScriptedServer): number {
  return server.asked.filter(({ body }) => body['max_tokens'] !== 1).length;
}

async function openPool(count: number, answer: (request: AskedRequest, server: number) => ScriptedAnswer, config: Partial<ModelHubConfig> = {}, endpoint: Partial<EndpointConfig> = {}): Promise<Pool> {
  const servers = await Promise.all(Array.from({ length: count }, (_, server) => startScriptedServer((request) => answer(request, server))));
  const [first, ...rest] = servers.map(({ baseUrl }) => baseUrl);
  const hub = createModelHub({
    endpoints: { main: { baseUrl: first!, replicas: rest, initialConcurrency: 128, ...endpoint } },
    cache: { mode: 'off' },
    log: { debug: ignore, info: ignore, warn: ignore },
    retryBaseMs: 5,
    deadlineMs: 8_000,
    ...config,
  });
  return {
    servers,
    hub,
    async [Symbol.asyncDispose]() {
      await hub.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

function ignore(): void {}

interface Pool extends AsyncDisposable {
  servers: ScriptedServer[];
  hub: ModelHub;
}
