import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { chatAnswer, REQUEST, startScriptedServer, type ScriptedAnswer } from './scripted-server.ts';
import { createModelHub } from './hub.ts';
import { createUsageMeter } from './usage.ts';
import { freePort } from '../../../test/support/free-port.ts';

const SPEC = { endpoint: 'main', model: 'm1' };

describe('a completion', () => {
  test('sends the request and reads text, finish reason and usage', async () => {
    await using server = await startScriptedServer(() => chatAnswer('Hi!'));
    const hub = server.hub({ apiKey: 'sk-secret' });
    const meter = createUsageMeter();
    const completion = await hub.client('agent', SPEC).complete({ ...REQUEST, topP: 0.9 }, { meter });
    expect(completion).toMatchObject({ text: 'Hi!', finishReason: 'stop', refused: false, cached: false });
    expect(meter.list({ latency: false })).toEqual([
      { role: 'agent', model: 'm1', calls: 1, promptTokens: 10, completionTokens: 5, cachedPromptTokens: 4, latencyMs: undefined },
    ]);
    expect(server.asked[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer sk-secret', 'content-type': 'application/json' },
      body: { model: 'm1', messages: REQUEST.messages, temperature: 0, top_p: 0.9, max_tokens: 32, seed: 7 },
    });
    await hub.close();
  });

  test('sends no authorization without a key, whatever the environment holds', async () => {
    process.env['OPENAI_API_KEY'] = 'sk-from-environment';
    try {
      await using server = await startScriptedServer(() => chatAnswer('Hi!'));
      const hub = server.hub();
      await hub.client('agent', SPEC).complete(REQUEST);
      expect(server.asked[0]!.headers.authorization).toBeUndefined();
      await hub.close();
    } finally {
      delete process.env['OPENAI_API_KEY'];
    }
  });

  test('gives the words of a refusal, and nothing for null', async () => {
    const answers = [chatAnswer(null, { message: { content: null, refusal: 'I will not.' } }), chatAnswer(null)];
    await using server = await startScriptedServer(({ number }) => answers[number]!);
    const hub = server.hub();
    const client = hub.client('agent', SPEC);
    expect(await client.complete(REQUEST)).toMatchObject({ text: 'I will not.', refused: true });
    expect(await client.complete(REQUEST)).toMatchObject({ text: '', refused: false });
    await hub.close();
  });

  test('counts the tokens itself, and says so once, when the endpoint does not', async () => {
    const warnings: unknown[] = [];
    const log = { debug() {}, info() {}, warn: (...line: unknown[]) => void warnings.push(line) };
    await using server = await startScriptedServer(() => ({ json: { choices: [{ message: { content: 'one two three' }, finish_reason: 'stop' }] } }));
    const hub = server.hub({}, { log });
    const client = hub.client('agent', SPEC);
    const { usage } = await client.complete(REQUEST);
    await client.complete(REQUEST);
    expect(usage).toMatchObject({ promptTokens: 3, completionTokens: 3, cachedPromptTokens: 0 });
    expect(warnings).toHaveLength(1);
    await hub.close();
  });
});

describe('a failing endpoint', () => {
  const passing: [string, ScriptedAnswer][] = [
    ...[408, 429, 500, 502, 503, 504].map((status): [string, ScriptedAnswer] => [`status ${status}`, { status, json: { error: { message: 'busy' } } }]),
    ['a dropped connection', { drop: true }],
    ['a cut body', { ...chatAnswer('long enough to be cut in the middle'), cut: true }],
    ['a body that is no JSON', { text: '<html>gateway</html>' }],
    ['a body without choices', { json: { object: 'chat.completion' } }],
    ['an empty body', { text: '' }],
    ['an answer given up by a stopping server', chatAnswer('half', { finish_reason: 'abort' })],
  ];
  test.each(passing)('is asked again after %s', async (_, failure) => {
    await using server = await startScriptedServer(({ number }) => (number < 2 ? failure : chatAnswer('at last')));
    const hub = server.hub();
    expect((await hub.client('agent', SPEC).complete(REQUEST)).text).toBe('at last');
    expect(server.asked).toHaveLength(3);
    expect(hub.accounts()[0]).toMatchObject({ retries: 2, failures: 0, usage: { calls: 1, promptTokens: 10 } });
    await hub.close();
  });

  const final: [number, string, RegExp][] = [
    [400, 'invalid_argument', /HTTP 400: the reason/],
    [401, 'unauthenticated', /set the API key of endpoint "main"/],
    [403, 'unauthenticated', /set the API key of endpoint "main"/],
    [404, 'not_found', /model "m1" at endpoint "main".*127\.0\.0\.1/],
    [422, 'invalid_argument', /the reason/],
  ];
  test.each(final)('is not asked again after status %d', async (status, code, sentence) => {
    await using server = await startScriptedServer(() => ({ status, json: { error: { message: 'the reason' } } }));
    const hub = server.hub();
    await expect(hub.client('agent', SPEC).complete(REQUEST)).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
    expect(server.asked).toHaveLength(1);
    expect(hub.accounts()[0]).toMatchObject({ retries: 0, failures: 1 });
    await hub.close();
  });

  test.each([
    [429, 'resource_exhausted'],
    [500, 'unavailable'],
    [200, 'data_loss'],
  ])('that keeps answering %d ends in %s after three repetitions', async (status, code) => {
    await using server = await startScriptedServer(() => ({ status, text: 'nothing of use' }));
    const hub = server.hub();
    await expect(hub.client('agent', SPEC).complete(REQUEST)).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(4);
    await hub.close();
  });

  test('that cannot be reached is named with its URL', async () => {
    const port = await freePort();
    const hub = createModelHub({
      endpoints: { main: { baseUrl: `http://127.0.0.1:${port}/v1` } },
      cache: { mode: 'off' },
      log: { debug() {}, info() {}, warn() {} },
      retryBaseMs: 1,
    });
    await expect(hub.client('agent', SPEC).complete(REQUEST)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(`http://127.0.0.1:${port}/v1`) });
    expect(hub.accounts()[0]).toMatchObject({ retries: 3, failures: 1 });
    await hub.close();
  });

  test('that repeats the key does not get it into the error', async () => {
    await using server = await startScriptedServer(() => ({ status: 401, json: { error: { message: 'Incorrect API key: sk-secret-123' } } }));
    const hub = server.hub({ apiKey: 'sk-secret-123' });
    const error = await hub.client('agent', SPEC).complete(REQUEST).then(() => new Error('The call should have failed.'), (thrown: unknown) => thrown as Error);
    expect(error.message).toContain('[key]');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('sk-secret-123');
    await hub.close();
  });

  test('that repeats the key where its message is cut does not get a part of it into the error', async () => {
    await using server = await startScriptedServer(() => ({ status: 401, json: { error: { message: `${'x'.repeat(290)} sk-secret-123` } } }));
    const hub = server.hub({ apiKey: 'sk-secret-123' });
    const { message } = await hub.client('agent', SPEC).complete(REQUEST).then(() => new Error('The call should have failed.'), (thrown: unknown) => thrown as Error);
    expect(message).toContain('x'.repeat(290));
    expect(message).not.toContain('sk-');
    await hub.close();
  });
});

describe('waiting', () => {
  test.each([
    ['retry-after', '0.1', 100],
    ['retry-after-ms', '60', 60],
  ])('as long as %s asks', async (header, value, least) => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? { status: 429, headers: { [header]: value } } : chatAnswer('ok')));
    const hub = server.hub();
    const start = performance.now();
    await hub.client('agent', SPEC).complete(REQUEST);
    // Timers may fire up to one millisecond early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(least - 1);
    await hub.close();
  });

  test('ends with the deadline, which tells the last failure', async () => {
    await using server = await startScriptedServer(() => ({ status: 503, headers: { 'retry-after': '3600' }, json: { error: { message: 'queue full' } } }));
    const hub = server.hub();
    await expect(hub.client('agent', SPEC).complete(REQUEST, { deadlineMs: 60 })).rejects.toMatchObject({ code: 'deadline_exceeded', message: expect.stringContaining('queue full') });
    await hub.close();
  });

  test('for an answer that never comes ends with the deadline and closes the connection', async () => {
    await using server = await startScriptedServer(() => ({ json: {}, hang: true }));
    const hub = server.hub();
    await expect(hub.client('agent', SPEC).complete(REQUEST, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(() => server.abandoned()).toBe(1);
    expect(hub.load('main')).toMatchObject({ inFlight: 0, waiting: 0 });
    await hub.close();
  });

  test('ends when the caller takes the call back: in line, under way and between attempts', async () => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? { hang: true } : { status: 500, headers: { 'retry-after': '60' } }));
    const hub = server.hub({ maxConcurrency: 1 });
    const client = hub.client('agent', SPEC);
    const underWay = new AbortController();
    const inLine = new AbortController();
    const first = client.complete(REQUEST, { signal: underWay.signal });
    const second = client.complete(REQUEST, { signal: inLine.signal });
    await expect.poll(() => server.asked.length).toBe(1);
    expect(hub.load('main')).toMatchObject({ inFlight: 1, waiting: 1 });
    inLine.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    underWay.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const between = new AbortController();
    const third = client.complete(REQUEST, { signal: between.signal });
    await expect.poll(() => server.asked.length).toBe(2);
    await expect.poll(() => hub.load('main').inFlight).toBe(0);
    between.abort();
    await expect(third).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.complete(REQUEST, { signal: between.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.asked).toHaveLength(2);
    expect(hub.accounts()).toEqual([]);
    await hub.close();
  });
});

test('a call leaves nothing on its caller\'s signal', async () => {
  await using server = await startScriptedServer(({ number }) => (number === 1 ? { status: 400 } : number === 2 ? { status: 503 } : chatAnswer('ok')));
  const hub = server.hub({ maxConcurrency: 1 });
  const client = hub.client('agent', SPEC);
  const { signal } = new AbortController();
  await Promise.allSettled([1, 2, 3].map(() => client.complete(REQUEST, { signal })));
  expect(server.asked).toHaveLength(4);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await hub.close();
});

describe('concurrency', () => {
  test('finds what an endpoint takes: a storm of 429 loses no call', async () => {
    const takes = 8;
    let inFlight = 0;
    let refused = 0;
    await using server = await startScriptedServer(async () => {
      if (inFlight >= takes) {
        refused += 1;
        return { status: 429 };
      }
      inFlight += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight -= 1;
      return chatAnswer('ok');
    });
    const hub = server.hub({}, { retryBaseMs: 60 });
    const client = hub.client('agent', SPEC);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, seed) => client.complete({ ...REQUEST, seed })));
    expect(answers.map(({ text }) => text)).toEqual(Array(300).fill('ok'));
    expect(refused).toBeGreaterThan(0);
    expect(hub.load('main').limit).toBeLessThan(32);
    await hub.close();
  });

  test('is never above the limit, which all clients of an endpoint share', async () => {
    let inFlight = 0;
    let most = 0;
    await using server = await startScriptedServer(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inFlight -= 1;
      return chatAnswer('ok');
    });
    const hub = server.hub({ maxConcurrency: 5 });
    const clients = [hub.client('agent', SPEC), hub.client('judge', { ...SPEC, model: 'm2' })];
    await Promise.all(Array.from({ length: 60 }, (_, n) => clients[n % 2]!.complete(REQUEST)));
    expect(most).toBe(5);
    await hub.close();
  });
});

describe('a hub', () => {
  test.each([
    ['a URL', { baseUrl: 'localhost:8000' }],
    ['a URL with a user', { baseUrl: 'http://u:p@h/v1' }],
    ['a key', { baseUrl: 'http://h/v1', apiKey: 'sk-1\n' }],
    ['a number', { baseUrl: 'http://h/v1', maxConcurrency: 0 }],
  ])('refuses %s that cannot be used', (_, endpoint) => {
    expect(() => createModelHub({ endpoints: { main: endpoint }, cache: { mode: 'off' }, log: { debug() {}, info() {}, warn() {} } })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('that is closed ends its calls without another attempt', async () => {
    await using server = await startScriptedServer(() => ({ json: {}, hang: true }));
    const hub = server.hub({ maxConcurrency: 1 });
    const client = hub.client('agent', SPEC);
    const calls = [client.complete(REQUEST), client.complete(REQUEST)];
    await expect.poll(() => server.asked.length).toBe(1);
    await Promise.all([hub.close(), ...calls.map((call) => expect(call).rejects.toMatchObject({ code: 'unavailable' }))]);
    expect(server.asked).toHaveLength(1);
    expect(hub.accounts()[0]).toMatchObject({ retries: 0, failures: 2 });
  });

  test('names its endpoints when asked for another', async () => {
    await using server = await startScriptedServer(() => chatAnswer('ok'));
    const hub = server.hub();
    expect(() => hub.client('agent', { endpoint: 'other', model: 'm' })).toThrow(/\(main\), found "other"/);
    await hub.close();
  });
});
