import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chatAnswer, REQUEST, startScriptedServer, type ScriptedAnswer } from './scripted-server.ts';
import { createUsageMeter } from './usage.ts';

const SPEC = { endpoint: 'main', model: 'm1' };
const FORMAT = { name: 'verdict', schema: z.object({ reasoning: z.string(), accuracy: z.union([z.literal(0), z.literal(1)]) }) };
const GOOD = '{"reasoning":"equal","accuracy":1}';

describe('a structured completion', () => {
  test('sends a strict schema and gives the validated value', async () => {
    await using server = await startScriptedServer(() => chatAnswer(GOOD));
    const hub = server.hub();
    const answer = await hub.client('judge', SPEC).completeJson(REQUEST, FORMAT);
    expect(answer).toMatchObject({ value: { reasoning: 'equal', accuracy: 1 }, text: GOOD, reasks: 0 });
    expect(server.asked[0]!.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'verdict', strict: true, schema: { type: 'object', required: ['reasoning', 'accuracy'], additionalProperties: false } },
    });
    await hub.close();
  });

  test.each([
    ['in a code fence', '```json\n' + GOOD + '\n```'],
    ['amid prose', `Sure! Here {is} my verdict: ${GOOD} Hope that helps.`],
    ['after its thoughts', `<think>maybe {"accuracy":0}</think>\n${GOOD}`],
    ['cut behind the object', `${GOOD}\n\n\n`, 'length'],
  ])('reads JSON %s', async (_, text, finishReason = 'stop') => {
    await using server = await startScriptedServer(() => chatAnswer(text, { finish_reason: finishReason }));
    const hub = server.hub();
    expect((await hub.client('judge', SPEC).completeJson(REQUEST, FORMAT)).value).toEqual({ reasoning: 'equal', accuracy: 1 });
    await hub.close();
  });

  const unusable: [string, ScriptedAnswer, RegExp][] = [
    ['does not fit', chatAnswer('{"reasoning":"r","accuracy":7}'), /"accuracy": Invalid input/],
    ['is prose', chatAnswer('I think it is right.'), /holds no JSON object/],
    ['is cut', chatAnswer('{"reasoning":"very long', { finish_reason: 'length' }), /cut at the limit of tokens/],
    ['is a refusal', chatAnswer(null, { message: { content: null, refusal: 'No.' } }), /refusal/],
    ['is nothing', chatAnswer(null), /empty/],
  ];
  test.each(unusable)('asks again, quoting answer and problem, when the answer %s', async (_, bad, problem) => {
    await using server = await startScriptedServer(({ number }) => (number === 0 ? bad : chatAnswer(GOOD)));
    const hub = server.hub();
    const meter = createUsageMeter();
    const answer = await hub.client('judge', SPEC).completeJson(REQUEST, FORMAT, { meter });
    expect(answer).toMatchObject({ reasks: 1, usage: { calls: 2, promptTokens: 20, completionTokens: 10 } });
    expect(meter.list()[0]).toMatchObject({ calls: 2, promptTokens: 20 });
    const messages = server.asked[1]!.body.messages!;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[1]!.content).not.toBe('');
    expect(messages[2]!.content).toMatch(problem);
    expect(messages[2]!.content).toContain('"verdict"');
    await hub.close();
  });

  test('asks again when the answer fits the schema and fails the check, with the words of the check', async () => {
    const asked = ['{"reasoning":"","accuracy":1}', GOOD];
    await using server = await startScriptedServer(({ number }) => chatAnswer(asked[number]!));
    const hub = server.hub();
    const check = ({ reasoning }: { reasoning: string }) => (reasoning === '' ? '"reasoning" must say why.' : null);
    const answer = await hub.client('judge', SPEC).completeJson(REQUEST, { ...FORMAT, check });
    expect(answer).toMatchObject({ value: { reasoning: 'equal' }, reasks: 1 });
    expect(server.asked[1]!.body.messages![2]!.content).toMatch(/"reasoning" must say why\.(?!\.)/);
    await hub.close();
  });

  test('gives up after two re-asks with one sentence', async () => {
    await using server = await startScriptedServer(() => chatAnswer(`No JSON from me. ${'x'.repeat(500)}`));
    const hub = server.hub();
    const error = await hub.client('judge', SPEC).completeJson(REQUEST, FORMAT).catch((thrown: unknown) => thrown as Error & { code: string });
    expect(error).toMatchObject({ code: 'failed_precondition' });
    const { message } = error as Error;
    for (const part of ['"judge"', '"m1"', server.baseUrl, '"verdict"', 'No JSON from me.']) expect(message).toContain(part);
    expect(message).not.toContain('x'.repeat(121));
    expect(server.asked).toHaveLength(3);
    expect(server.asked[2]!.body.messages).toHaveLength(5);
    await hub.close();
  });

  test.each([
    ['an optional property', z.object({ a: z.string().optional() }), /"a".*nullable/],
    ['a root that is no object', z.array(z.string()), /root of schema/],
    ['what JSON cannot hold', z.object({ a: z.date() }), /cannot be written/],
  ])('refuses a schema with %s', async (_, schema: z.ZodType, problem) => {
    await using server = await startScriptedServer(() => chatAnswer('{}'));
    const hub = server.hub();
    await expect(hub.client('judge', SPEC).completeJson(REQUEST, { name: 'bad', schema })).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(problem) });
    expect(server.asked).toHaveLength(0);
    await hub.close();
  });

  test('sends nested schemas strict too, without the bounds of doubles', async () => {
    await using server = await startScriptedServer(() => chatAnswer('{"list":[{"n":1,"properties":null}],"d":2}'));
    const hub = server.hub();
    const schema = z.object({ list: z.array(z.object({ n: z.int(), properties: z.string().nullable() })), d: z.number().default(2) });
    await hub.client('judge', SPEC).completeJson(REQUEST, { name: 'nested', schema });
    expect(server.asked[0]!.body['response_format']).toMatchObject({
      json_schema: {
        schema: {
          required: ['list', 'd'],
          properties: { list: { items: { additionalProperties: false, required: ['n', 'properties'], properties: { n: { type: 'integer' } } } }, d: { type: 'number' } },
        },
      },
    });
    expect(JSON.stringify(server.asked[0]!.body)).not.toMatch(/9007199254740991|default|\$schema/);
    await hub.close();
  });
});
