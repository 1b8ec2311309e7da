import { expect, test } from 'vitest';
import { z } from 'zod';
import { chatAnswer, startScriptedServer } from './scripted-server.ts';

const FORMAT = { name: 'colour', schema: z.strictObject({ colour: z.string() }) };
const REQUEST = { messages: [{ role: 'system' as const, content: 'Name a colour.' }], temperature: 0, maxTokens: 50, seed: 1 };

/** A server that takes only some kinds of `response_format`; `undefined` is none. */
function serverThatTakes(kinds: (string | undefined)[], status: number) {
  return startScriptedServer(({ body }) => {
    const kind = (body as { response_format?: { type: string } }).response_format?.type;
    if (kinds.includes(kind)) return chatAnswer('{"colour":"red"}');
    return { status, json: { error: { message: `response_format.type: input should be one of ${kinds.join(', ')}` } } };
  });
}

test.each([
  [['json_schema'], 400, ['json_schema', 'json_schema']],
  [['json_object', undefined], 400, ['json_schema', 'json_object', 'json_object']],
  [['json_object'], 500, ['json_schema', 'json_object', 'json_object']],
  [[undefined], 422, ['json_schema', 'json_object', undefined, undefined]],
])('a server that takes %j and refuses others with %i is asked its way, and the way is kept', async (kinds, status, expected) => {
  await using server = await serverThatTakes(kinds, status);
  const hub = server.hub();
  const spec = { endpoint: 'main', model: 'm' };
  for (const role of ['simulator', 'judge']) {
    const { value } = await hub.client(role, spec).completeJson(REQUEST, FORMAT);
    expect(value).toEqual({ colour: 'red' });
  }
  const sent = server.asked.map(({ body }) => body as { response_format?: { type: string }; messages: { content: string }[] });
  expect(sent.map((body) => body.response_format?.type)).toEqual(expected);
  const last = sent.at(-1)!;
  const enforced = last.response_format?.type === 'json_schema';
  expect(last.messages[0]!.content.includes('"additionalProperties":false')).toBe(!enforced);
  await hub.close();
});

test('a server that takes no way at all fails with its own words', async () => {
  await using server = await serverThatTakes(['none'], 400);
  const hub = server.hub();
  const failed = hub.client('judge', { endpoint: 'main', model: 'm' }).completeJson(REQUEST, FORMAT);
  await expect(failed).rejects.toMatchObject({ code: 'unimplemented', message: expect.stringContaining('response_format') });
  await hub.close();
});

test('a refusal for another reason changes nothing', async () => {
  await using server = await startScriptedServer(() => ({ status: 400, json: { error: { message: 'the prompt is too long' } } }));
  const hub = server.hub();
  const failed = hub.client('judge', { endpoint: 'main', model: 'm' }).completeJson(REQUEST, FORMAT);
  await expect(failed).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(server.asked).toHaveLength(1);
  await hub.close();
});
