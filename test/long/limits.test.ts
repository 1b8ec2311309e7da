import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attune, sortedLines, temporaryFolder } from '../support/attune.ts';

const EXPERIMENT = `
name: limited
seed: 9
methods: [vanilla, reflection]
profiles: { limit: 3 }
sessions: 3
concurrency: 4
models: { maxConcurrency: 6 }
`;

test('a run pauses at its limit, counts what it spent before, and goes on under a higher one to the records of a run without', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'experiment.yaml');
  writeFileSync(file, EXPERIMENT);
  const free = join(folder.path, 'free');
  expect((await attune(['run', file, '--out', free])).code).toBe(0);
  const whole = spentOf(free);

  const run = join(folder.path, 'run');
  const limit = Math.round(whole.tokens / 2);
  const paused = await attune(['run', file, '--out', run, '--limit-tokens', String(limit)]);
  expect(paused.code).toBe(1);
  expect(paused.stderr).toMatch(new RegExp(`paused at its limit of ${limit} tokens, of which \\d+ are spent; raise it with --limit-tokens when you go on. .*attune run --resume `));
  expect(paused.stderr).not.toMatch(/\n\s+at /);
  const half = spentOf(run);
  expect(half.tokens).toBeGreaterThanOrEqual(limit);
  // Six calls may have been in flight, the longest of them of some thousand tokens.
  expect(half.tokens).toBeLessThan(limit + 6 * whole.mostACall);

  const again = await attune(['run', '--resume', run, '--limit-tokens', String(limit)]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(`of which ${half.tokens} are spent`);
  expect(spentOf(run).tokens).toBe(half.tokens);

  expect((await attune(['run', '--resume', run, '--limit-tokens', String(10 * limit)])).code).toBe(0);
  for (const records of ['sessions.ndjson', 'verdicts.ndjson'] as const) expect(sortedLines(run, records)).toEqual(sortedLines(free, records));
}, 240_000);

/** By the accounts that executions leave at their end. */
function spentOf(run: string): { tokens: number; mostACall: number } {
  const usages = readFileSync(join(run, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { runEnded?: { accounts?: { usage: { calls: number; promptTokens?: number; completionTokens?: number } }[] } })
    .flatMap(({ runEnded }) => runEnded?.accounts?.map(({ usage }) => ({ calls: usage.calls, tokens: (usage.promptTokens ?? 0) + (usage.completionTokens ?? 0) })) ?? []);
  return { tokens: usages.reduce((sum, { tokens }) => sum + tokens, 0), mostACall: Math.max(...usages.map(({ tokens, calls }) => (3 * tokens) / Math.max(1, calls))) };
}
