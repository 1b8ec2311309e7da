import { describe, expect, test } from 'vitest';
import { REQUEST, startScriptedServer, chatAnswer } from './scripted-server.ts';
import { createUsageMeter } from './usage.ts';

const SPEC = { endpoint: 'main', model: 'm1' };

describe('embeddings', () => {
  test.each(['float', 'base64'] as const)('come as %s, in batches, in the order of the texts', async (embeddingsFormat) => {
    await using server = await startScriptedServer(({ body }) => {
      const vectors = body.input!.map((text, index) => ({ index, embedding: encode([Number(text), 0.5], body['encoding_format']) }));
      // The index counts, not the position.
      return { json: { data: vectors.reverse(), usage: { prompt_tokens: body.input!.length, total_tokens: body.input!.length } } };
    });
    const hub = server.hub({ embeddingsFormat });
    const meter = createUsageMeter();
    const vectors = await hub.client('embedding', SPEC).embed(Array.from({ length: 600 }, (_, n) => String(n)), { meter });
    expect(vectors).toHaveLength(600);
    expect(vectors.every((vector, n) => vector instanceof Float32Array && vector.length === 2 && vector[0] === n && vector[1] === 0.5)).toBe(true);
    expect(server.asked.map(({ body }) => body.input!.length).sort((a, b) => b - a)).toEqual([256, 256, 88]);
    expect(meter.list()[0]).toMatchObject({ calls: 3, promptTokens: 600, completionTokens: 0 });
    await hub.close();
  });

  test.each([
    ['differ in dimension', [[1, 2], [1]]],
    ['are not finite', ['AAAAAAAAwH8=', 'AAAAAAAAAAA=']],
    ['are missing', [[1, 2]]],
    ['are no numbers', [['a'], ['b']]],
    ['are empty', [[], []]],
  ])('that %s are an error', async (_, embeddings) => {
    await using server = await startScriptedServer(() => ({ json: { data: embeddings.map((embedding, index) => ({ index, embedding })) } }));
    const hub = server.hub({}, { retries: 0 });
    await expect(hub.client('embedding', SPEC).embed(['a', 'b'])).rejects.toMatchObject({ code: 'data_loss' });
    await hub.close();
  });

  test('of no texts need no call', async () => {
    await using server = await startScriptedServer(() => ({ status: 500 }));
    const hub = server.hub();
    expect(await hub.client('embedding', SPEC).embed([])).toEqual([]);
    expect(await hub.client('reranker', SPEC).rerank('q', [])).toEqual([]);
    expect(server.asked).toHaveLength(0);
    await hub.close();
  });
});

describe('rerank', () => {
  const sorted = [
    { index: 2, score: 0.9 },
    { index: 0, score: 0.4 },
    { index: 1, score: -0.1 },
  ];
  test.each([
    ['an object (vLLM)', { results: sorted.map(({ index, score }) => ({ index, relevance_score: score, document: { text: '' } })), usage: { total_tokens: 21 } }, 21],
    ['a bare list (SGLang)', sorted.map((result) => ({ ...result, document: '' })), 8],
  ])('reads %s back into the order of the documents', async (_, json, promptTokens) => {
    await using server = await startScriptedServer(() => ({ json }));
    const hub = server.hub();
    const meter = createUsageMeter();
    expect(await hub.client('reranker', SPEC).rerank('the query', ['one two', 'three four', 'five six'], { meter })).toEqual([0.4, -0.1, 0.9]);
    expect(server.asked[0]).toMatchObject({ path: '/v1/rerank', body: { model: 'm1', query: 'the query', documents: ['one two', 'three four', 'five six'] } });
    expect(meter.list()[0]).toMatchObject({ calls: 1, promptTokens });
    await hub.close();
  });

  test.each([
    ['names a document twice', [{ index: 0, score: 1 }, { index: 0, score: 1 }]],
    ['names one out of range', [{ index: 0, score: 1 }, { index: 2, score: 1 }]],
    ['lacks a score', [{ index: 0, score: 1 }, { index: 1 }]],
    ['lacks a result', [{ index: 0, score: 1 }]],
  ])('refuses an answer that %s', async (_, json) => {
    await using server = await startScriptedServer(() => ({ json }));
    const hub = server.hub({}, { retries: 0 });
    await expect(hub.client('reranker', SPEC).rerank('q', ['a', 'b'])).rejects.toMatchObject({ code: 'data_loss' });
    await hub.close();
  });
});

test('accounts sum up by role and model, sorted, with cost and latency', async () => {
  await using server = await startScriptedServer(({ path }) => (path.endsWith('rerank') ? { json: [{ index: 0, score: 1 }] } : chatAnswer('ok')));
  const hub = server.hub({}, { prices: { m1: { promptPerMillion: 2, completionPerMillion: 10 } } });
  const [judge, agent] = [hub.client('judge', SPEC), hub.client('agent', SPEC)];
  hub.client('unused', SPEC);
  await Promise.all([1, 2, 3].map((seed) => agent.complete({ ...REQUEST, seed })));
  await judge.complete(REQUEST);
  const accounts = hub.accounts();
  expect(accounts.map(({ usage }) => usage!.role)).toEqual(['agent', 'judge']);
  expect(accounts[0]).toMatchObject({ usage: { calls: 3, promptTokens: 30, completionTokens: 15, cachedPromptTokens: 12 }, cost: (30 * 2 + 15 * 10) / 1e6, retries: 0, failures: 0, cacheHits: 0 });
  expect(accounts[0]!.latencyP50Ms).toBeGreaterThan(0);
  expect(accounts[0]!.latencyP99Ms).toBeGreaterThanOrEqual(accounts[0]!.latencyP50Ms);
  await hub.close();
});

function encode(vector: number[], format: unknown): number[] | string {
  return format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
}
