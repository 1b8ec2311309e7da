import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRunRegistry } from '../../services/platform/nats.ts';
import { attune, sortedLines, temporaryFolder } from '../support/attune.ts';
import { openFleet } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';

const EXPERIMENT = `
name: limited
seed: 9
methods: [vanilla, reflection]
profiles: { limit: 3 }
sessions: 3
models: { maxConcurrency: 6 }
`;

test.skipIf(!haveNatsServer)('a run that processes share counts what each of them spends once, pauses at its limit and goes on under a higher one to the same records', async () => {
  await using folder = await temporaryFolder();
  await using server = await startNatsServer();
  await using fleet = openFleet(server);
  const file = join(folder.path, 'experiment.yaml');
  writeFileSync(file, EXPERIMENT);
  const free = join(folder.path, 'free');
  expect((await attune(['run', file, '--out', free])).code).toBe(0);
  const whole = tokensOf(free);
  // The coordinator hosts user and agents; the judge is a process with models of its own.
  await Promise.all([fleet.start('runner', '--concurrency', '4'), fleet.start('judge')]);
  const shared = ['--bus', server.url, '--no-workers', '--lease-ms', '10000'];

  const unhurt = join(folder.path, 'unhurt');
  const done = await attune(['run', file, '--out', unhurt, ...shared, '--limit-tokens', String(10 * whole)]);
  expect(done.code, done.stderr).toBe(0);
  expect(tokensOf(unhurt)).toBe(whole);

  const run = join(folder.path, 'run');
  const limit = Math.round(whole / 2);
  const paused = await attune(['run', file, '--out', run, ...shared, '--limit-tokens', String(limit)]);
  expect(paused.code).toBe(1);
  expect(paused.stderr).toMatch(new RegExp(`paused at its limit of ${limit} tokens, of which \\d+ are spent; raise it with --limit-tokens when you go on. .*attune run --resume `));
  expect(paused.stderr).not.toMatch(/\n\s+at /);
  const half = tokensOf(run);
  expect(half).toBeGreaterThanOrEqual(limit);
  expect(half).toBeLessThan(0.9 * whole);
  const { runId } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { runId: string };
  const { stdout } = await attune(['runs', 'show', runId, '--bus', server.url]);
  expect(stdout).toMatch(new RegExp(`${runId}: stopped \\(The run was paused at its limit of ${limit} tokens`));
  expect(stdout).toMatch(new RegExp(`spent: \\d+ tokens of ${limit} tokens \\(1\\d\\d %\\)`));

  const resumed = await attune(['run', '--resume', run, ...shared, '--limit-tokens', String(10 * limit)]);
  expect(resumed.code, resumed.stderr).toBe(0);
  for (const records of ['sessions.ndjson', 'verdicts.ndjson'] as const) expect(sortedLines(run, records)).toEqual(sortedLines(free, records));
  const nats = await server.connect();
  const status = await openRunRegistry(nats).status(runId);
  await nats.close();
  expect(status).toMatchObject({ state: 'done', spent: { tokens: tokensOf(run) } });
}, 400_000);

/** By the accounts that executions leave at their end. */
function tokensOf(run: string): number {
  return readFileSync(join(run, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { runEnded?: { accounts?: { usage: { promptTokens?: number; completionTokens?: number } }[] } })
    .flatMap(({ runEnded }) => runEnded?.accounts ?? [])
    .reduce((sum, { usage }) => sum + (usage.promptTokens ?? 0) + (usage.completionTokens ?? 0), 0);
}
