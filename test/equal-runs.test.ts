import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answeredProbes, attune, sortedLines, temporaryFolder } from './support/attune.ts';

const DESIGN = ['run', '--methods', 'vanilla,contextual,reflection,rag,rag_vector', '--profiles', '2', '--sessions', '3', '--seed', '5'];

test('direct calls, loopback gRPC and a second run with one seed give equal records; another seed does not', async () => {
  await using folder = await temporaryFolder();
  const runs = { direct: [], wire: ['--wire'], again: ['--concurrency', '1'], other: ['--seed', '6'] };
  for (const [name, extra] of Object.entries(runs)) {
    const { code, stderr } = await attune([...DESIGN, ...extra, '--out', join(folder.path, name)]);
    expect(stderr).not.toContain('fail');
    expect(code).toBe(0);
  }
  for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) {
    const direct = sortedLines(join(folder.path, 'direct'), file);
    expect(direct).toHaveLength(file === 'sessions.ndjson' ? 30 : 60 + answeredProbes(join(folder.path, 'direct')));
    expect(sortedLines(join(folder.path, 'wire'), file)).toEqual(direct);
    expect(sortedLines(join(folder.path, 'again'), file)).toEqual(direct);
    expect(sortedLines(join(folder.path, 'other'), file)).not.toEqual(direct);
  }
}, 120_000);

test('several judges that vote twice give equal records over either wire, one call a turn, and every vote is on record', async () => {
  await using folder = await temporaryFolder();
  const experiment = join(folder.path, 'experiment.yaml');
  const judge = { mode: 'turn', votes: 2, maxVotes: 3, panel: ['sim-large', 'sim-small'].map((model) => ({ url: 'sim', model })) };
  writeFileSync(experiment, JSON.stringify({ seed: 5, methods: ['vanilla', 'rag'], profiles: { limit: 2 }, sessions: 2, judge }));
  for (const [name, extra] of Object.entries({ direct: [], wire: ['--wire'] })) {
    const { code, stderr } = await attune(['run', experiment, ...extra, '--out', join(folder.path, name)]);
    expect(stderr).not.toContain('fail');
    expect(code).toBe(0);
  }
  const verdicts = sortedLines(join(folder.path, 'direct'), 'verdicts.ndjson');
  expect(sortedLines(join(folder.path, 'wire'), 'verdicts.ndjson')).toEqual(verdicts);
  for (const line of verdicts) {
    const { judge: identity, task } = JSON.parse(line) as { judge: object; task?: { votes: object[] } };
    expect(identity).toMatchObject({ model: 'sim-large+sim-small', panel: ['sim-large', 'sim-small'], votes: 2 });
    if (task) expect([4, 6]).toContain(task.votes.length);
  }
}, 120_000);

test('every method meets the same users, problems and seeds, and hears the same opening', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  expect((await attune([...DESIGN, '--out', run])).code).toBe(0);
  const plans = new Map<string, string[]>();
  for (const line of sortedLines(run, 'sessions.ndjson')) {
    const record = JSON.parse(line) as { method: string; userId: string; session: number; problemId: string; seed: number; turns: { user: { userMessage: string } }[] };
    const plan = [record.userId, record.session, record.problemId, record.seed, record.turns[0]?.user.userMessage].join(' | ');
    plans.set(record.method, [...(plans.get(record.method) ?? []), plan]);
  }
  const [first, ...others] = [...plans.values()].map((plan) => plan.sort());
  expect(first).toHaveLength(6);
  for (const other of others) expect(other).toEqual(first);
}, 60_000);
