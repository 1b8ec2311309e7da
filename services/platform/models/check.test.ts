import { describe, expect, test } from 'vitest';
import { checkStructured } from './check.ts';
import { chatAnswer, startScriptedServer, type ScriptedAnswer } from './scripted-server.ts';

const SPEC = { endpoint: 'main', model: 'm1' };

describe('the check of an endpoint', () => {
  const many = Array.from({ length: 12 }, (_, n) => ({ id: `model-${n}` }));
  const cases: [string, ScriptedAnswer, boolean, RegExp][] = [
    ['knows the model', { json: { data: [{ id: 'm1' }] } }, true, /serves "m1"/],
    ['has other models', { json: { data: many } }, false, /"model-0".*"model-9" and 2 more/],
    ['has no model', { json: { data: [] } }, false, /no model at all/],
    ['refuses the key', { status: 401, json: { error: { message: 'bad key' } } }, false, /set the API key/],
    ['lists no models', { status: 404 }, true, /does not list/],
    ['lists no models either', { status: 405 }, true, /does not list/],
    ['is no model server', { text: '<html>' }, false, /model server/],
    ['sends something else', { json: { hello: 1 } }, false, /list of models/],
    ['hangs up', { drop: true }, false, /connection/],
  ];
  test.each(cases)('that %s', async (_, answer, ok, sentence) => {
    await using server = await startScriptedServer(() => answer);
    const hub = server.hub();
    const result = await hub.check(SPEC);
    expect(result.ok).toBe(ok);
    expect(result.ok ? result.detail : result.problem).toMatch(sentence);
    expect(server.asked.map(({ path }) => path)).toEqual(['/v1/models']);
    await hub.close();
  });

  test('that is not there or not configured', async () => {
    const server = await startScriptedServer(() => ({}));
    await server[Symbol.asyncDispose]();
    const hub = server.hub();
    expect(await hub.check(SPEC)).toMatchObject({ ok: false, problem: expect.stringContaining(server.baseUrl) });
    expect(await hub.check({ ...SPEC, endpoint: 'other' })).toMatchObject({ ok: false, problem: expect.stringContaining('"other"') });
    await hub.close();
  });
});

describe('the check of structured answers', () => {
  test.each([
    ['{"ready": true}', true, /with structured data/],
    ['Yes, I am ready.', false, /Yes, I am ready\./],
  ])('answers %s', async (text, ok, sentence) => {
    await using server = await startScriptedServer(() => chatAnswer(text));
    const hub = server.hub();
    const result = await checkStructured(hub.client('judge', SPEC));
    expect(result.ok).toBe(ok);
    expect(result.ok ? result.detail : result.problem).toMatch(sentence);
    expect(server.asked[0]!.body['response_format']).toMatchObject({ json_schema: { name: 'canary' } });
    await hub.close();
  });
});
