import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { productEnv, startProduct } from '../support/product-stand-ins/index.ts';

test('memory products run beside a built-in method: every session is recorded and what they found is in the prompts', async () => {
  await using folder = await temporaryFolder();
  await using mem0 = await startProduct('mem0');
  await using zep = await startProduct('zep', { pace: 50 });
  await using graphiti = await startProduct('graphiti', { pace: 50 });
  const methods = ['vanilla', 'mem0', 'zep', 'graphiti', 'langgraph_store'];
  const run = join(folder.path, 'run');
  const file = join(folder.path, 'products.yaml');
  writeFileSync(file, `seed: 3\nprofiles: { limit: 1 }\nsessions: 3\nmaxTurns: 4\nmethods: [${methods.join(', ')}]\n`);
  const { code, stderr } = await attune(['run', file, '--out', run], { env: productEnv({ mem0, zep, graphiti }) });
  expect(code, stderr).toBe(0);

  const sessions = sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as RecordedSession);
  for (const method of methods) {
    const own = sessions.filter((one) => one.method === method).sort((a, b) => (a.session ?? 0) - (b.session ?? 0));
    expect([method, ...own.map(({ error }) => error ?? '')]).toEqual([method, '', '', '']);
    const remembers = own.map(({ turns }) => turns.some(({ agent }) => (agent?.injected?.block ?? '') !== ''));
    expect([method, ...remembers]).toEqual([method, false, method !== 'vanilla', method !== 'vanilla']);
  }
  for (const product of [mem0, zep, graphiti]) {
    expect(product.refused).toEqual([]);
    expect(product.requests.length).toBeGreaterThan(5);
  }
  const manifest = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { methods: { name: string; version: string }[] };
  expect(manifest.methods.map(({ name, version }) => `${name} ${version}`)).toContain('mem0 1 (mem0, 10 items)');
  const files = readdirSync(run, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes('test-key')).map(({ name }) => name)).toEqual([]);
}, 120_000);

test('a run that is killed twice and resumed ends with the records of an undisturbed run', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'products.yaml');
  writeFileSync(file, 'seed: 5\nprofiles: { limit: 2 }\nsessions: 4\nmaxTurns: 4\nsim: { latencyMs: 15 }\nmethods: [mem0, graphiti, langgraph_store]\n');
  const runs = ['undisturbed', 'killed'].map((name) => join(folder.path, name));
  for (const [i, run] of runs.entries()) {
    await using mem0 = await startProduct('mem0');
    await using graphiti = await startProduct('graphiti', { pace: 50 });
    const env = productEnv({ mem0, graphiti });
    let command = ['run', file, '--out', run];
    for (let killed = 0; killed < 2 * i; killed += 1) {
      const started = startAttune(command, { env });
      const before = linesOf(run);
      while (linesOf(run) < before + 4) await sleep(20);
      started.child.kill('SIGKILL');
      await started.done;
      command = ['run', '--resume', run];
    }
    const { code, stderr } = await attune(command, { env });
    expect(code, stderr).toBe(0);
    expect([...mem0.refused, ...graphiti.refused]).toEqual([]);
  }
  expect(linesOf(runs[0]!)).toBe(24);
  expect(sortedLines(runs[1]!, 'sessions.ndjson')).toEqual(sortedLines(runs[0]!, 'sessions.ndjson'));
}, 180_000);

test('a run with a product that nobody configured ends with how to do it', async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await attune(['run', '--methods', 'vanilla,graphiti', '--out', join(folder.path, 'run')], { env: { ATTUNE_GRAPHITI_URL: '' } });
  expect(code).not.toBe(0);
  expect(stderr).toContain('ATTUNE_GRAPHITI_URL');
}, 60_000);

function linesOf(run: string): number {
  return existsSync(join(run, 'sessions.ndjson')) ? sortedLines(run, 'sessions.ndjson').length : 0;
}

interface RecordedSession {
  method: string;
  session?: number;
  error?: string;
  turns: { agent?: { injected?: { block?: string } } }[];
}
