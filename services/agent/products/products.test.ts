import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGraphiti } from '../../../test/support/product-stand-ins/graphiti.ts';
import { productSettings, QUICK, startProduct } from '../../../test/support/product-stand-ins/index.ts';
import { startSimulatedModel } from '../../../test/support/simulated-models.ts';
import type { ObservedSession } from '../method.ts';
import { productUser } from './names.ts';
import { openProducts } from './products.ts';

const USER = { runId: 'run-1', method: 'mem0', userId: 'u_1' };
const log = { info: () => {}, warn: () => {} };
const said = (session: number, ...texts: string[]): ObservedSession => ({ session, messages: texts.map((content) => ({ role: 'user', content })) });

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'attune-products-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a product follows the sessions of a state', () => {
  test('it is told each session once, in order, also by another process later', async () => {
    await using mem0 = await startProduct('mem0');
    const told = () => mem0.requests.filter(({ method, path }) => method === 'POST' && path === '/memories').map(({ body }) => (body as { run_id: string }).run_id);
    const sessions = [said(0, 'My tea is green.'), said(1, 'My town is Bern.'), said(2, 'My dog is Rex.')];
    for (const upTo of [0, 1, 2, 3]) {
      const products = openProducts(productSettings({ mem0 }), { folder, log, limits: QUICK });
      for (let time = 0; time < 2; time += 1) expect(await products.recall('mem0', USER, sessions.slice(0, upTo), 'What is my dog?', {})).toHaveLength(upTo);
      await products.close();
    }
    expect(told()).toEqual(['s0', 's1', 's2']);
    expect(mem0.refused).toEqual([]);
  });

  test('told what is no longer so, its user is forgotten and a new one is told the rest', async () => {
    await using mem0 = await startProduct('mem0');
    const products = openProducts(productSettings({ mem0 }), { folder, log, limits: QUICK });
    await products.recall('mem0', USER, [said(0, 'My tea is green.'), said(1, 'My town is Bern.')], 'tea', {});
    const found = await products.recall('mem0', USER, [said(0, 'My tea is green.'), said(1, 'My town is Rome.')], 'town', {});
    expect(found.map(({ text }) => text).sort()).toEqual(['My tea is green.', 'My town is Rome.']);
    const users = [...new Set(mem0.requests.flatMap(({ body }) => (body as { user_id?: string } | undefined)?.user_id ?? []))];
    expect(users).toHaveLength(2);
    expect(users[1]).toBe(`${users[0]}-r1`);
    expect(mem0.requests.filter(({ method }) => method === 'DELETE').map(({ query }) => query['user_id'])).toEqual([users[0]]);
    await products.close();
  });

  test('a process that ends between telling and settling leaves nothing twice and nothing out', async () => {
    for (const kind of ['mem0-hosted', 'graphiti', 'zep'] as const) {
      await using product = await startProduct(kind);
      const [method] = kind.split('-') as [string];
      const settings = productSettings({ [kind]: product });
      const user = { ...USER, method };
      const sessions = [said(0, 'My tea is green.', 'My town is Bern.')];
      const caller = new AbortController();
      const first = openProducts(settings, { folder: join(folder, kind), log, limits: QUICK });
      // It leaves with the first look at whether the session is indexed.
      const writes = () => product.requests.filter(({ path }) => /add|messages$/.test(path)).length;
      product.fault = ({ method: verb }) => {
        if (writes() > 0 && verb === 'GET') caller.abort();
        return null;
      };
      await expect(first.recall(method, user, sessions, 'tea', { signal: caller.signal })).rejects.toMatchObject({ code: 'cancelled' });
      await first.close();
      product.fault = null;
      const second = openProducts(settings, { folder: join(folder, kind), log, limits: QUICK });
      const found = await second.recall(method, user, sessions, 'tea', {});
      expect([kind, found.map(({ text }) => text).sort()]).toEqual([kind, ['My tea is green.', 'My town is Bern.']]);
      expect([kind, writes()]).toEqual([kind, 1]);
      await second.close();
    }
  });

  test('a library that lost all with its process is told all again', async () => {
    await using embedding = await startSimulatedModel('embedding');
    const user = { ...USER, method: 'langgraph_store' };
    for (let time = 0; time < 2; time += 1) {
      const products = openProducts(productSettings({}), { folder, embedding: embedding.model, log, limits: QUICK });
      expect(await products.recall('langgraph_store', user, [said(0, 'My tea is green.')], 'tea', {})).toHaveLength(1);
      await products.close();
    }
  });

  test('forgetting reaches every id that was in use and leaves nothing in the ledger', async () => {
    await using zep = await startProduct('zep');
    const user = { runId: 'run', method: 'zep', userId: 'planted-zq' };
    const products = openProducts(productSettings({ zep }), { folder, log, limits: QUICK });
    await products.recall('zep', user, [said(0, 'My tea is green.')], 'tea', {});
    expect(readFileSync(join(folder, 'products.db-wal')).includes('planted-zq')).toBe(true);
    await products.forget('zep', user, {});
    await products.close();
    for (const file of ['products.db']) expect(readFileSync(join(folder, file)).includes('planted-zq')).toBe(false);
    expect(zep.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });
});

test("Graphiti's worker dies of one message: the sentence says so, and after a restart the rest is sent again, once", async () => {
  await using graphiti = await startGraphiti();
  const user = { ...USER, method: 'graphiti' };
  const products = openProducts(productSettings({ graphiti }), { folder, log, limits: QUICK });
  const sessions = [said(0, 'My tea is green.', 'My town is Bern.', 'My dog is Rex.')];
  graphiti.control.failing = (content) => content.includes('Bern');
  await expect(products.recall('graphiti', user, sessions, 'tea', {})).rejects.toMatchObject({ code: 'data_loss', message: expect.stringMatching(/took 3 messages of .* stores 1 of them.*restart it/) });
  graphiti.control.failing = null;
  graphiti.restart();
  const found = await products.recall('graphiti', user, sessions, 'tea', {});
  expect(found.map(({ text }) => text).sort()).toEqual(['My dog is Rex.', 'My tea is green.', 'My town is Bern.']);
  const sent = graphiti.requests.filter(({ path }) => path === '/messages').map(({ body }) => (body as { messages: unknown[] }).messages.length);
  expect(sent).toEqual([3, 2]);
  expect(JSON.stringify(graphiti.requests)).not.toContain('"uuid"');
  await products.close();
});

test('a message with a uuid of its own ends the worker of the stand-in as it does the real one', async () => {
  await using graphiti = await startGraphiti();
  const post = (uuid?: string) => fetch(`${graphiti.url}/messages`, { method: 'POST', body: JSON.stringify({ group_id: 'g', messages: [{ ...(uuid && { uuid }), role_type: 'user', role: 'user', content: 'Hi.', timestamp: '2026-01-01T00:00:00Z' }] }) });
  const stored = async () => ((await (await fetch(`${graphiti.url}/episodes/g?last_n=10`)).json()) as unknown[]).length;
  await post('4f2f0a9e-0000-4000-8000-000000000000');
  await post();
  for (let look = 0; look < 5; look += 1) await stored();
  expect(await stored()).toBe(0);
});

test('a product that needs a setting says which', async () => {
  const products = openProducts(productSettings({}), { folder: null, log, limits: QUICK });
  await expect(products.open('mem0')).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('ATTUNE_MEM0_URL') });
  await expect(products.open('zep')).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('ATTUNE_ZEP_API_KEY') });
  await expect(products.open('graphiti')).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('ATTUNE_GRAPHITI_URL') });
  await expect(products.open('langgraph_store')).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('ATTUNE_EMBEDDING_URL') });
  await expect(products.open('letta')).rejects.toMatchObject({ code: 'not_found' });
  await products.close();
});

test('no two users share a product user, and every id is one that the strictest product takes', () => {
  const users = [
    { runId: 'a', method: 'b', userId: 'c' },
    { runId: 'a-b', method: 'b', userId: 'c' },
    { runId: 'a', method: 'b-b', userId: 'c' },
    { runId: 'a', method: 'b', userId: 'b-c' },
    { runId: 'a', method: 'b', userId: 'ü' },
    { runId: 'a', method: 'b', userId: 'ö' },
    { runId: 'a', method: 'b', userId: 'x'.repeat(200) },
    { runId: 'a', method: 'b', userId: 'x'.repeat(201) },
  ];
  const names = users.flatMap((user) => [0, 1].map((generation) => productUser(user, 'n0nce', generation)));
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[A-Za-z0-9_-]{1,120}$/.test(name))).toEqual([]);
  expect(names[0]).toBe('a-b-c-n0nce');
});
