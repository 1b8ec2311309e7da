import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SessionRecord, SessionStatus } from '../../services/gen/attune/record/v1/record.ts';
import { attune, ROOT, sortedLines, temporaryFolder } from '../support/attune.ts';
import { ownMethods } from '../support/own-methods.ts';

/** A method that keeps more than it may after its second session, and little otherwise. */
const GROWS = `
import { defineMethod } from '../../method.ts';

export default defineMethod<{ text: string }>({
  summary: 'Keeps too much once.',
  version: '1',
  initialState: { text: '' },
  recall: async (_turn, state) => ({ block: state.text.slice(0, 20) }),
  learn: async ({ session }) => ({ text: 'word '.repeat(session === 1 ? 1_000_000 : 10) }),
});
`;

test('a run with every method, on 3 users for 5 sessions, ends with every session recorded; one whose state is too large loses that session and no other', async () => {
  await using checkout = await temporaryFolder();
  for (const name of ['services', 'package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(checkout.path, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout.path, 'node_modules'));
  mkdirSync(join(checkout.path, 'services/agent/methods/grows'));
  writeFileSync(join(checkout.path, 'services/agent/methods/grows/method.ts'), GROWS);
  const methods = [...(await ownMethods()), 'grows'];
  const file = join(checkout.path, 'experiment.yaml');
  writeFileSync(file, JSON.stringify({ name: 'all', seed: 5, methods, profiles: { limit: 3 }, sessions: 5, maxTurns: 5, agent: { contextLength: 2048, maxTokens: 256 }, models: { roles: { note_writer: { url: 'sim', model: 'sim-writer' } } } }));
  const run = join(checkout.path, 'run');
  const { code, stdout, stderr } = await attune(['run', file, '--out', run], { cli: join(checkout.path, 'services/cli/attune.mjs') });
  expect(code, stderr).toBe(0);
  const planned = methods.length * 15;
  expect(stdout).toContain(`${planned} sessions planned, ${planned} recorded`);

  const records = sortedLines(run, 'sessions.ndjson').map((line) => SessionRecord.fromJSON(JSON.parse(line)));
  const wanted = methods.flatMap((method) => [0, 1, 2].flatMap(() => [0, 1, 2, 3, 4].map((session) => `${method}/${session}`)));
  expect(records.map((r) => `${r.method}/${r.session}`).sort()).toEqual(wanted.sort());
  const failed = records.filter((r) => r.status !== SessionStatus.OK && r.status !== SessionStatus.TIMEOUT);
  expect(failed.map((r) => `${r.method}/${r.session}`)).toEqual(['grows/1', 'grows/1', 'grows/1']);
  expect(failed.map((r) => r.error)).toEqual(Array.from({ length: 3 }, () => 'The state of method "grows" has 5000011 bytes; at most 4194304 are kept.'));
  const after = records.filter((r) => r.method === 'grows' && r.session === 2);
  expect(after.every((r) => r.turns.every((t) => t.agent === undefined || t.agent.injected!.block === 'word word word word '))).toBe(true);

  // What history a method still holds word for word stands in every trace of the one that keeps it, and in no other.
  const coverage = (method: string) => records.filter((r) => r.method === method && r.session > 0).flatMap((r) => r.turns.flatMap((t) => (t.agent ? [t.agent.injected!.coverage] : [])));
  expect(Math.max(...coverage('contextual').map(Number))).toBe(1);
  expect(Math.min(...coverage('contextual').map(Number))).toBeLessThan(1);
  for (const method of methods) if (method !== 'contextual') expect([method, coverage(method).filter((share) => share !== undefined)]).toEqual([method, []]);

  const report = readFileSync(join(run, 'report/report.md'), 'utf8');
  expect(methods.filter((method) => !report.includes(method))).toEqual([]);
}, 120_000);
