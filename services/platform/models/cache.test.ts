import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from './cache.ts';
import { chatAnswer, chatEvents, REQUEST, startScriptedServer } from './scripted-server.ts';
import { createUsageMeter } from './usage.ts';

const SPEC = { endpoint: 'main', model: 'm1' };
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attune-cache-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('the response cache', () => {
  test('answers an equal question without a call, with the same usage in the meter', async () => {
    await using server = await startScriptedServer(() => chatAnswer('Hi!'));
    const prices = { m1: { promptPerMillion: 1, completionPerMillion: 1 } };
    const hub = server.hub({}, { cache: { mode: 'read-write', dir }, prices });
    const client = hub.client('agent', SPEC);
    const [first, second] = [createUsageMeter(), createUsageMeter()];
    const live = await client.complete(REQUEST, { meter: first });
    const stored = await client.complete(REQUEST, { meter: second });
    expect(stored).toMatchObject({ text: live.text, finishReason: live.finishReason, cached: true, usage: { latencyMs: 0 } });
    expect(second.list({ latency: false })).toEqual(first.list({ latency: false }));
    expect(server.asked).toHaveLength(1);
    expect(hub.accounts()).toMatchObject([{ cacheHits: 1, cost: 15 / 1e6, usage: { calls: 1, promptTokens: 10 } }]);
    await hub.close();
  });

  test('keeps questions apart that differ in anything but how they travel', async () => {
    await using server = await startScriptedServer(({ number, body }) => (body['stream'] ? { events: chatEvents([`answer ${number}`]) } : chatAnswer(`answer ${number}`)));
    const hub = server.hub({}, { cache: { mode: 'read-write', dir } });
    const client = hub.client('agent', SPEC);
    const other = hub.client('agent', { ...SPEC, model: 'm2' });
    const texts = [
      await client.complete(REQUEST),
      await client.complete({ ...REQUEST, seed: 8 }),
      await client.complete({ ...REQUEST, temperature: 1 }),
      await other.complete(REQUEST),
      await client.complete({ ...REQUEST, messages: [{ role: 'user', content: 'Hello there!' }] }, { onDelta() {} }),
    ].map(({ text }) => text);
    expect(texts).toEqual([0, 1, 2, 3, 4].map((n) => `answer ${n}`));
    let shown = '';
    await client.complete(REQUEST, { onDelta: (text) => void (shown += text) });
    expect(shown).toBe('answer 0');
    expect(server.asked).toHaveLength(5);
    await hub.close();
  });

  test('replays without a server, exactly, and says what it lacks', async () => {
    const server = await startScriptedServer(({ path }) =>
      path.endsWith('embeddings') ? { json: { data: [{ index: 0, embedding: [0.1, -2.5, 3e-9] }], usage: { prompt_tokens: 2 } } } : chatAnswer('Hi!'),
    );
    const recording = server.hub({}, { cache: { mode: 'read-write', dir } });
    const live = await recording.client('agent', SPEC).complete(REQUEST);
    const [vector] = await recording.client('embedding', SPEC).embed(['text']);
    await recording.close();
    await server[Symbol.asyncDispose]();

    const hub = server.hub({}, { cache: { mode: 'replay-only', dir } });
    const client = hub.client('agent', SPEC);
    expect((await client.complete(REQUEST)).text).toBe(live.text);
    expect((await hub.client('embedding', SPEC).embed(['text']))[0]).toEqual(vector);
    await expect(client.complete({ ...REQUEST, seed: 99 })).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('read-write') });
    await hub.close();
  });

  test('gives callers that share a call vectors of their own', async () => {
    await using server = await startScriptedServer(() => ({ json: { data: [{ embedding: [1, 2] }] } }));
    const hub = server.hub({}, { cache: { mode: 'read-write', dir } });
    const client = hub.client('embedding', SPEC);
    const [[first], [second]] = await Promise.all([client.embed(['text']), client.embed(['text'])]);
    first![0] = 9;
    expect(second![0]).toBe(1);
    expect(server.asked).toHaveLength(1);
    await hub.close();
  });

  test('keeps no failure', async () => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? { status: 400 } : chatAnswer('ok')));
    const hub = server.hub({}, { cache: { mode: 'read-write', dir } });
    const client = hub.client('agent', SPEC);
    await expect(client.complete(REQUEST)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await client.complete(REQUEST)).toMatchObject({ text: 'ok', cached: false });
    await hub.close();
  });

  test('shares one call between equal questions, and a caller who leaves disturbs nobody', async () => {
    let letAnswer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (letAnswer = resolve));
    await using server = await startScriptedServer(() => answered.then(() => chatAnswer('shared')));
    const hub = server.hub({}, { cache: { mode: 'read-write', dir } });
    const client = hub.client('agent', SPEC);
    const leaver = new AbortController();
    const leaving = client.complete(REQUEST, { signal: leaver.signal });
    const staying = Array.from({ length: 4 }, () => client.complete(REQUEST));
    await expect.poll(() => server.asked.length).toBe(1);
    leaver.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
    letAnswer();
    expect((await Promise.all(staying)).map(({ text }) => text)).toEqual(Array(4).fill('shared'));
    expect(server.asked).toHaveLength(1);
    expect(server.abandoned()).toBe(0);
    await hub.close();
  });

  test('ends the shared call when the last caller leaves, and the next one starts anew', async () => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? { hang: true } : chatAnswer('anew')));
    const hub = server.hub({}, { cache: { mode: 'read-write', dir } });
    const client = hub.client('agent', SPEC);
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }) => client.complete(REQUEST, { signal }));
    await expect.poll(() => server.asked.length).toBe(1);
    for (const caller of callers) caller.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    expect((await client.complete(REQUEST)).text).toBe('anew');
    await expect.poll(() => server.abandoned()).toBe(1);
    await hub.close();
  });

  test('holds no key, and overwrites a file that was left unfinished', async () => {
    await using server = await startScriptedServer(() => chatAnswer('Hi!'));
    const hub = server.hub({ apiKey: 'sk-very-secret' }, { cache: { mode: 'read-write', dir } });
    const client = hub.client('agent', SPEC);
    await client.complete(REQUEST);
    const [file, ...others] = await filesIn(dir);
    expect(others).toEqual([]);
    const text = await readFile(file!, 'utf8');
    expect(text).toContain('Hi!');
    expect(text + file!).not.toContain('sk-very-secret');

    await writeFile(file!, text.slice(0, 20));
    expect((await client.complete(REQUEST)).cached).toBe(false);
    expect(await readFile(file!, 'utf8')).toBe(text);

    await writeFile(file!, '{"version":99,"answer":{}}');
    await expect(client.complete(REQUEST)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringContaining(file!) });

    const otherKey = server.hub({ apiKey: 'sk-another' }, { cache: { mode: 'read-write', dir } });
    await writeFile(file!, text);
    expect((await otherKey.client('agent', SPEC).complete(REQUEST)).cached).toBe(true);
    await Promise.all([hub.close(), otherKey.close()]);
  });

  test('is off when it is off', async () => {
    await using server = await startScriptedServer(() => chatAnswer('Hi!'));
    const hub = server.hub();
    const client = hub.client('agent', SPEC);
    await Promise.all([client.complete(REQUEST), client.complete(REQUEST)]);
    expect(server.asked).toHaveLength(2);
    await hub.close();
  });
});

test('canonical JSON does not depend on the order of keys or on undefined ones', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined, A: 2 })).toBe('{"A":2,"b":[1,{"c":"x","d":null}]}');
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
