import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ProductAdapter } from '../../services/agent/products/contract.ts';
import { ADAPTER_LIMITS, adapterTable, examineAdapter, openAdapter, type AdapterLimits } from '../../services/agent/service.ts';
import { startSimulatedModel } from '../support/simulated-models.ts';
import { QUICK, SERVED_KINDS, startProduct, urlOf, type Defect, type ServedKind } from '../support/product-stand-ins/index.ts';
import { realProduct } from '../support/product-stand-ins/real.ts';

/** Short, because a fault costs it whole; long enough for a busy machine. */
const LIMITS: AdapterLimits = { ...QUICK, requestMs: 300 };

async function examine(kind: ServedKind, defect: Defect | null = null) {
  await using product = await startProduct(kind, { defect });
  const limits = defect === 'remembers' || defect === 'leaks' ? { ...LIMITS, settleMs: 400 } : LIMITS;
  const examination = await examineAdapter({
    url: urlOf(kind, product),
    open: (url) => openAdapter(kind, { url, apiKey: 'test-key' }, limits),
    limits: { settleMs: 5_000 },
    nonce: 'test',
    ...(defect !== null && { checks: ['own-facts', 'update', 'forget', 'restart', 'repeat', 'usage'] }),
    restart: async () => product.restart(),
  });
  const failed = examination.results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
  return { examination, failed, refused: product.refused };
}

describe.each(SERVED_KINDS)('the adapter of %s', (kind) => {
  test('passes every check on a stand-in of its wire format, which refuses no request of it', async () => {
    const { examination, failed, refused } = await examine(kind);
    expect(failed, adapterTable(examination)).toEqual([]);
    expect(examination.results.map(({ outcome }) => outcome)).toEqual(examination.results.map(() => 'passed'));
    expect(examination.notForgotten).toBe(0);
    expect(refused).toEqual([]);
  });

  test.each([
    ['leaks', ['own-facts']],
    ['remembers', ['forget', 'restart']],
    ['doubles', ['repeat']],
    ['loses', ['restart']],
    ['keeps_old', ['update']],
  ] as const)('finds a product that is bad at one thing (%s)', async (defect, checks) => {
    const { failed, examination } = await examine(kind, defect);
    expect(failed, adapterTable(examination)).toEqual(expect.arrayContaining([...checks]));
    if (defect === 'loses' || defect === 'keeps_old') expect(failed).toEqual([...checks]);
  });
});

test('the library in this process passes what it offers', async () => {
  await using embedding = await startSimulatedModel('embedding');
  const examination = await examineAdapter({ open: () => openAdapter('langgraph_store', { embedding: embedding.model }, LIMITS), limits: LIMITS, nonce: 'test' });
  const by = (outcome: string) => examination.results.filter((result) => result.outcome === outcome).map(({ check }) => check);
  expect(by('failed'), adapterTable(examination)).toEqual([]);
  expect(by('passed')).toEqual(['own-facts', 'update', 'forget', 'repeat', 'usage']);
  expect(by('not_offered')).toEqual(['restart', 'fault-429', 'fault-500', 'fault-stall']);
});

describe('a bad adapter is found', () => {
  const bad = async (kind: ServedKind, spoil: (adapter: ProductAdapter) => Partial<ProductAdapter>) => {
    await using product = await startProduct(kind);
    const examination = await examineAdapter({
      url: urlOf(kind, product),
      async open(url) {
        const adapter = await openAdapter(kind, { url, apiKey: 'test-key' }, LIMITS);
        return { ...adapter, ...spoil(adapter) };
      },
      limits: LIMITS,
      nonce: 'test',
      checks: ['own-facts', 'forget', 'repeat', 'usage'],
    });
    return examination.results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
  };

  test('that does not wait until what it told can be found', async () => {
    for (const kind of ['mem0-hosted', 'zep', 'graphiti'] as const) expect(await bad(kind, () => ({ settle: async () => {} }))).toEqual(['own-facts']);
  });

  test('that gives a receipt and forgets nothing', async () => {
    expect(await bad('mem0', () => ({ forget: async (user) => ({ user, probes: 1 }) }))).toEqual(['forget']);
  });

  test('that tells again what it told before', async () => {
    let told = 0;
    await using embedding = await startSimulatedModel('embedding');
    const examination = await examineAdapter({
      async open() {
        const adapter = await openAdapter('langgraph_store', { embedding: embedding.model }, LIMITS);
        return { ...adapter, observe: (what, call) => adapter.observe({ ...what, session: (told += 1) }, call) };
      },
      limits: LIMITS,
      nonce: 'test',
    });
    expect(examination.results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check)).toEqual(['repeat']);
  });

  test('that counts its requests wrongly', async () => {
    expect(await bad('mem0', (adapter) => ({ usage: () => ({ ...adapter.usage(), requests: 0 }) }))).toEqual(['usage']);
  });
});

/** The product itself, where the environment names one. */
describe.each(SERVED_KINDS)('a real %s', (kind) => {
  const { url, apiKey } = realProduct(kind);
  test.skipIf(url === undefined)('passes every check', async () => {
    const examination = await examineAdapter({ url: url!, open: (at) => openAdapter(kind, { url: at, apiKey }), limits: ADAPTER_LIMITS, nonce: randomBytes(4).toString('hex') });
    expect(examination.results.filter(({ outcome }) => outcome === 'failed'), adapterTable(examination)).toEqual([]);
  }, 3_600_000);
});
