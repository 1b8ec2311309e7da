import { describe, expect, test } from 'vitest';
import { chatAnswer, chatEvents, REQUEST, startScriptedServer } from './scripted-server.ts';
import { createUsageMeter } from './usage.ts';

const SPEC = { endpoint: 'main', model: 'm1' };

describe('a streamed completion', () => {
  test('gives its pieces in order and ends as an unstreamed one', async () => {
    await using server = await startScriptedServer(() => ({ events: chatEvents(['Hel', 'lo', ' — ünï 🎈']) }));
    const hub = server.hub();
    const meter = createUsageMeter();
    const pieces: string[] = [];
    const completion = await hub.client('agent', SPEC).complete(REQUEST, { meter, onDelta: (text) => void pieces.push(text) });
    expect(pieces).toEqual(['Hel', 'lo', ' — ünï 🎈']);
    expect(completion).toMatchObject({ text: 'Hello — ünï 🎈', finishReason: 'stop', cached: false });
    expect(meter.list({ latency: false })[0]).toMatchObject({ calls: 1, promptTokens: 10, completionTokens: 5 });
    expect(server.asked[0]!.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    await hub.close();
  });

  test.each([
    ['closes the connection', { events: chatEvents(['wro', 'ng']).slice(0, 2), cut: true }],
    ['ends without a finish reason', { events: chatEvents(['wro', 'ng']).slice(0, 2) }],
    ['sends an error', { events: [...chatEvents(['wrong']).slice(0, 1), { error: { message: 'engine died', code: 500 } }] }],
    ['is given up by a stopping server', { events: [...chatEvents(['wrong']).slice(0, 1), { choices: [{ delta: {}, finish_reason: 'abort' }] }] }],
  ])('that %s starts again and says so', async (_, cut) => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? cut : { events: chatEvents(['right']) }));
    const hub = server.hub();
    let shown = '';
    const completion = await hub.client('agent', SPEC).complete(REQUEST, {
      onDelta: (text) => void (shown += text),
      onRestart: () => void (shown = ''),
    });
    expect(completion.text).toBe('right');
    expect(shown).toBe('right');
    expect(hub.accounts()[0]).toMatchObject({ retries: 1, usage: { calls: 1 } });
    await hub.close();
  });

  test('counts tokens itself when the stream brings no usage', async () => {
    await using server = await startScriptedServer(() => ({ events: chatEvents(['one two three']).slice(0, 2) }));
    const hub = server.hub();
    const { usage } = await hub.client('agent', SPEC).complete(REQUEST, { onDelta() {} });
    expect(usage).toMatchObject({ promptTokens: 3, completionTokens: 3 });
    await hub.close();
  });

  test('that is refused is asked again as any call', async () => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? { status: 503 } : { events: chatEvents(['ok']) }));
    const hub = server.hub();
    expect((await hub.client('agent', SPEC).complete(REQUEST, { onDelta() {} })).text).toBe('ok');
    await hub.close();
  });

  test('ends with the caller amid the stream and closes the connection', async () => {
    await using server = await startScriptedServer(() => ({ events: chatEvents(['a', 'b']).slice(0, 2), hang: true }));
    const hub = server.hub();
    const caller = new AbortController();
    const call = hub.client('agent', SPEC).complete(REQUEST, { signal: caller.signal, onDelta: (text) => text === 'b' && caller.abort() });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned()).toBe(1);
    expect(hub.load('main').inFlight).toBe(0);
    await hub.close();
  });

  test('ends with the deadline when it stalls', async () => {
    await using server = await startScriptedServer(() => ({ events: chatEvents(['a']).slice(0, 1), hang: true }));
    const hub = server.hub();
    await expect(hub.client('agent', SPEC).complete(REQUEST, { deadlineMs: 50, onDelta() {} })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await hub.close();
  });

  test('that a careless listener breaks is not asked again', async () => {
    await using server = await startScriptedServer(() => ({ events: chatEvents(['a', 'b']) }));
    const hub = server.hub();
    const broken = new TypeError('the listener is broken');
    await expect(hub.client('agent', SPEC).complete(REQUEST, { onDelta() { throw broken; } })).rejects.toMatchObject({ code: 'internal' });
    expect(server.asked).toHaveLength(1);
    await hub.close();
  });

  test('keeps an unstreamed answer of a call without a listener', async () => {
    await using server = await startScriptedServer(() => chatAnswer('plain'));
    const hub = server.hub();
    await hub.client('agent', SPEC).complete(REQUEST);
    expect(server.asked[0]!.body).not.toHaveProperty('stream');
    await hub.close();
  });
});
