import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { productEnv, startProduct, urlOf } from '../../../test/support/product-stand-ins/index.ts';
import { AttuneError } from '../../platform/errors.ts';
import { adapterCommand } from './adapter.ts';

let printed = '';
beforeEach(() => {
  printed = '';
  for (const name of ['MEM0_URL', 'MEM0_API_KEY', 'ZEP_URL', 'ZEP_API_KEY', 'GRAPHITI_URL']) vi.stubEnv(`ATTUNE_${name}`, '');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** As the command line runs it, but in this process; gives the error's sentence, or null. */
async function adapter(...args: string[]): Promise<string | null> {
  const command = adapterCommand().exitOverride();
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    await command.parseAsync(args, { from: 'user' });
    return null;
  } catch (thrown) {
    return AttuneError.from(thrown).message;
  }
}

test('a product that keeps the contract: a table and no error', async () => {
  await using mem0 = await startProduct('mem0');
  vi.stubEnv('ATTUNE_MEM0_API_KEY', 'test-key');
  expect(await adapter('conform', mem0.url, '--kind', 'mem0', '--checks', 'update,forget,restart,repeat,usage')).toBe(null);
  expect(printed).toMatch(/^mem0: over HTTP, answers when it has indexed, keeps its memory\n {2}own-facts +passed +6 facts\n/);
  expect(printed).toMatch(/ {2}restart +not checked +--restart-command says/);
  expect(printed).toMatch(/ {2}usage +passed +\d+ requests, .*models: unknown\n5 passed, 1 not checked\.\n$/);
  expect(printed).not.toContain('test-key');
});

test('one that does not: the check by name and an error; --json gives the same to a program', async () => {
  await using zep = await startProduct('zep', { defect: 'doubles', pace: 9 });
  for (const [name, value] of Object.entries(productEnv({ zep }))) vi.stubEnv(name, value);
  expect(await adapter('conform', urlOf('zep', zep), '--kind', 'zep', '--checks', 'repeat,restart', '--json', '--restart-command', 'true')).toBe('1 check failed: repeat.');
  const { kind, results } = JSON.parse(printed) as { kind: string; results: { check: string; outcome: string }[] };
  expect(kind).toBe('zep');
  expect(results.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual(['own-facts passed', 'restart passed', 'repeat failed']);
});

test('the library needs no URL and no network', async () => {
  expect(await adapter('conform', '--kind', 'langgraph_store')).toBe(null);
  expect(printed).toMatch(/5 passed, 4 not offered\.\n$/);
  expect(await adapter('conform', 'http://localhost:1', '--kind', 'langgraph_store')).toContain('leave out the URL');
});

test('what is missing is listed', async () => {
  vi.stubEnv('ATTUNE_ZEP_API_KEY', 'test-key');
  expect(await adapter('list', '--json')).toBe(null);
  const { products } = JSON.parse(printed) as { products: { kind: string; missing: string[] }[] };
  expect(Object.fromEntries(products.map(({ kind, missing }) => [kind, missing]))).toEqual({
    mem0: ['its URL'],
    'mem0-hosted': ['its API key'],
    zep: [],
    graphiti: ['its URL'],
    langgraph_store: [],
  });
});

test('wrong use is a sentence', async () => {
  expect(await adapter('conform', '--kind', 'graphiti')).toContain('Expected the URL of graphiti');
  expect(await adapter('conform', 'graphiti', '--kind', 'graphiti')).toContain('found "graphiti"');
  expect(await adapter('conform', 'http://127.0.0.1:1', '--kind', 'zep')).toContain('ATTUNE_ZEP_API_KEY');
  expect(await adapter('conform', 'http://127.0.0.1:1', '--kind', 'letta')).toContain('--kind');
  expect(await adapter('conform', 'http://127.0.0.1:1', '--kind', 'mem0', '--checks', 'all')).toContain('Unknown check "all"');
});
