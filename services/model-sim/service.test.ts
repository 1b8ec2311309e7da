import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemBank } from '../catalogue/index.ts';
import { countTokens } from '../platform/tokens.ts';
import { createFaults } from './http/faults.ts';
import { createHandler } from './http/handler.ts';
import { createMetrics } from './http/metrics.ts';
import { createModelSim, type ModelSim, type ModelSimConfig } from './service.ts';
import { wire, type WireChoice } from './testing.ts';

const QUESTION = { model: 'attune-sim', seed: 5, messages: [{ role: 'user', content: 'It is about crescents on trays.' }] };

async function start(config: Partial<ModelSimConfig> = {}): Promise<{ sim: ModelSim; url: string }> {
  const sim = createModelSim({ seed: 3, knowledge: problemBank(), ...config });
  return { sim, url: (await sim.listen()).url };
}

async function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

let running: { sim: ModelSim; url: string };
beforeAll(async () => void (running = await start()));
afterAll(() => running.sim.close());

describe('chat completions', () => {
  test('the same request gets the same bytes, in any order and from another server', async () => {
    const ask = async (url: string, seed: number) => (await post(url, '/chat/completions', { ...QUESTION, seed })).text();
    const other = await start();
    const forward = [await ask(running.url, 1), await ask(running.url, 2), await ask(running.url, 3)];
    const backward = [await ask(other.url, 3), await ask(other.url, 2), await ask(other.url, 1)];
    expect(backward.reverse()).toEqual(forward);
    expect(new Set(forward).size).toBeGreaterThan(1);
    await other.sim.close();
  });

  test('counts the tokens of prompt and answer', async () => {
    const body = await wire(await post(running.url, '/chat/completions', QUESTION));
    const answer = body.choices[0].message.content;
    expect(body).toMatchObject({ object: 'chat.completion', model: 'attune-sim', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', refusal: null } }] });
    expect(body.usage.completion_tokens).toBe(countTokens(answer));
    expect(body.usage.prompt_tokens).toBe(countTokens(QUESTION.messages[0]!.content) + 7);
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
  });

  test('stops at max_tokens', async () => {
    const whole = await wire(await post(running.url, '/chat/completions', QUESTION));
    const cut = await wire(await post(running.url, '/chat/completions', { ...QUESTION, max_tokens: 6 }));
    expect(cut.choices[0].finish_reason).toBe('length');
    expect(cut.usage.completion_tokens).toBe(6);
    expect(whole.choices[0].message.content.startsWith(cut.choices[0].message.content)).toBe(true);
  });

  test('a stream carries the same text, and the usage when asked for', async () => {
    const whole = await wire(await post(running.url, '/chat/completions', QUESTION));
    const streamed = await events(await post(running.url, '/chat/completions', { ...QUESTION, stream: true, stream_options: { include_usage: true } }));
    expect(streamed.text).toBe(whole.choices[0].message.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(streamed.finish).toBe('stop');
    const bare = await events(await post(running.url, '/chat/completions', { ...QUESTION, stream: true }));
    expect(bare.usage).toBeUndefined();
    expect(bare.chunks).toBeGreaterThan(3);
  });

  test('an unknown schema gets its smallest instance', async () => {
    const schema = { type: 'object', properties: { ready: { type: 'boolean' }, names: { type: 'array', items: { type: 'string' }, minItems: 1 } }, required: ['ready', 'names'], additionalProperties: false };
    const body = await wire(await post(running.url, '/chat/completions', { ...QUESTION, response_format: { type: 'json_schema', json_schema: { name: 'odd', schema } } }));
    expect(JSON.parse(body.choices[0].message.content)).toEqual({ ready: false, names: [''] });
  });
});

describe('wrong requests', () => {
  test.each([
    ['an unknown model', { ...QUESTION, model: 'nobody' }, 404],
    ['no messages', { model: 'attune-sim' }, 400],
    ['a message without a role', { ...QUESTION, messages: [{ content: 'x' }] }, 400],
    ['content that is no text', { ...QUESTION, messages: [{ role: 'user', content: 5 }] }, 400],
    ['a wrong temperature', { ...QUESTION, temperature: 3 }, 400],
    ['max_tokens of 0', { ...QUESTION, max_tokens: 0 }, 400],
    ['a schema without a name', { ...QUESTION, response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 400],
    ['more than the context holds', { ...QUESTION, max_tokens: 16_384 }, 400],
    ['a prompt longer than the context', { ...QUESTION, messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }, 400],
    ['a body that is no JSON', '{"model":', 400],
    ['a body that is a list', '[]', 400],
  ])('%s', async (_, body, status) => {
    const response = await post(running.url, '/chat/completions', body);
    expect(response.status).toBe(status);
    const { error } = await wire(response);
    expect(error).toMatchObject({ code: status, type: expect.any(String), message: expect.stringMatching(/\.$/) });
  });

  test('unknown routes, wrong methods and bodies without an end', async () => {
    expect((await post(running.url, '/nothing', {})).status).toBe(404);
    expect((await fetch(`${running.url}/chat/completions`)).status).toBe(405);
    expect((await post(running.url, '/embeddings', 'x'.repeat(9 * 1024 * 1024))).status).toBe(413);
    expect((await post(running.url, '/embeddings', { model: 'attune-sim', input: [1, 2] })).status).toBe(400);
  });

  test('a wrong key is refused, except for health and metrics', async () => {
    const { sim, url } = await start({ apiKey: 'secret' });
    expect((await fetch(`${url}/models`)).status).toBe(401);
    expect((await post(url, '/chat/completions', QUESTION, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(url, '/chat/completions', QUESTION, { authorization: 'Bearer secret' })).status).toBe(200);
    expect((await fetch(url.replace('/v1', '/health'))).status).toBe(200);
    expect((await fetch(url.replace('/v1', '/metrics'))).status).toBe(200);
    expect((await fetch(url.replace('/v1', '/ready'))).status).toBe(200);
    await sim.close();
  });

  test('a server whose models cannot answer is there and not ready, and says why; one that is told to fail answers', async () => {
    const states = async (url: string) => {
      const [health, ready] = [await fetch(`${url}/health`), await fetch(`${url}/ready`)];
      return [health.status, ready.status, await ready.json()];
    };
    const { sim, url } = await start({ faults: { rates: { http_500: 1 } } });
    expect(await states(url)).toEqual([200, 200, { ready: true, lacking: {} }]);
    await sim.close();
    const answer = createHandler({ models: ['x'], apiKey: undefined, contextLength: 256, embeddingDimensions: 8, latency: { fixedMs: 0 }, faults: createFaults({}, 0), metrics: createMetrics(), log: undefined, think: () => { throw new Error('The bank is gone.'); } });
    const broken = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    expect(await states(`http://127.0.0.1:${(broken.address() as AddressInfo).port}`)).toEqual([200, 503, { ready: false, lacking: { model: 'The bank is gone.' } }]);
    await new Promise((resolve) => broken.close(resolve));
  });
});

describe('other routes', () => {
  test('embeddings as floats and as base64 are the same unit vectors', async () => {
    const input = ['use bullets in lists', 'lists with bullets', 'steam engines'];
    const floats = (await wire(await post(running.url, '/embeddings', { model: 'attune-sim', input }))).data.map(({ embedding }) => embedding);
    const coded = (await wire(await post(running.url, '/embeddings', { model: 'attune-sim', input, encoding_format: 'base64' }))).data as unknown as { embedding: string }[];
    expect(floats.map(({ length }) => length)).toEqual([384, 384, 384]);
    coded.forEach(({ embedding }, index) => {
      const bytes = Buffer.from(embedding, 'base64');
      expect(floats[index]!.map((_, at) => bytes.readFloatLE(at * 4))).toEqual(floats[index]!.map(Math.fround));
    });
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
    expect(dot(floats[0]!, floats[0]!)).toBeCloseTo(1, 5);
    expect(dot(floats[0]!, floats[1]!)).toBeGreaterThan(dot(floats[0]!, floats[2]!) + 0.3);
    expect((await wire(await post(running.url, '/embeddings', { model: 'attune-sim', input: 'x', dimensions: 64 }))).data[0]!.embedding).toHaveLength(64);
  });

  test('rerank sorts, score keeps the order, and a canary pair is far apart', async () => {
    const query = 'prove that the sum is even';
    const documents = ['When steam engines are built, use a table.', 'When the user wants to prove that a sum is even, give the sketch first.'];
    for (const path of ['/rerank', '/../rerank']) {
      const { results } = await wire(await post(running.url, path, { model: 'attune-sim', query, documents }));
      expect(results.map(({ index }) => index)).toEqual([1, 0]);
      expect(results[0]!.relevance_score).toBeGreaterThan(0.8);
      expect(results[1]!.relevance_score).toBeLessThan(0.2);
    }
    const { data } = await wire(await post(running.url, '/score', { model: 'attune-sim', queries: query, documents }));
    expect(data[1]!.score).toBeGreaterThan(data[0]!.score);
    expect((await wire(await post(running.url, '/pooling', { model: 'attune-sim', input: ['a', 'b'] }))).data).toHaveLength(2);
  });

  test('models, health and metrics', async () => {
    expect(await wire(await fetch(`${running.url}/models`))).toMatchObject({ object: 'list', data: [{ id: 'attune-sim', object: 'model' }] });
    await post(running.url, '/chat/completions', QUESTION);
    const metrics = await (await fetch(running.url.replace('/v1', '/metrics'))).text();
    expect(metrics).toMatch(/^vllm:num_requests_running\{engine="0",model_name="attune-sim"\} 0$/m);
    expect(metrics).toMatch(/^vllm:request_success_total\{engine="0",model_name="attune-sim",finished_reason="stop"\} [1-9]/m);
    expect(metrics).toMatch(/^vllm:generation_tokens_total\{.*\} [1-9]/m);
    expect(metrics).toMatch(/^http_requests_total\{handler="\/chat\/completions",status="200"\} [1-9]/m);
  });

  test('a taken port is told in one sentence', async () => {
    const port = Number(new URL(running.url).port);
    await expect(createModelSim({ seed: 1, knowledge: [] }).listen({ port })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/cannot listen on 127\.0\.0\.1:\d+/) });
  });
});

async function events(response: Response): Promise<{ text: string; usage: unknown; finish: string | null | undefined; chunks: number }> {
  const lines = (await response.text()).split('\n\n').filter((line) => line !== '').map((line) => line.slice('data: '.length));
  expect(lines.at(-1)).toBe('[DONE]');
  const chunks = lines.slice(0, -1).map((line) => JSON.parse(line) as { choices: WireChoice[]; usage?: unknown });
  return {
    text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
    usage: chunks.find(({ usage }) => usage)?.usage,
    finish: chunks.map(({ choices }) => choices[0]?.finish_reason).find(Boolean),
    chunks: chunks.length,
  };
}
