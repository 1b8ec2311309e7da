import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blameCommand } from '../services/cli/commands/blame.ts';
import { readMemory } from '../services/report/memory/read-memory.ts';
import type { MemoryOfSession } from '../services/report/memory/read-memory.ts';
import { openRecords } from '../services/report/records/open-records.ts';
import { createBlameCount } from '../services/report/sections/blame/section.ts';
import { createMemorySection } from '../services/report/sections/memory/section.ts';
import { createVectorsSection } from '../services/report/sections/vectors/section.ts';
import type { VectorsSection } from '../services/report/sections/vectors/model.ts';
import { attune, temporaryFolder } from './support/attune.ts';
import { printedBy } from './support/printed.ts';

const METHODS = ['vanilla', 'contextual', 'reflection', 'rag_vector', 'rag_vector_frozen'];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let run: string;
let read: MemoryOfSession[];
let vectors: VectorsSection;
const ofMethod = (method: string) => read.filter(({ row }) => row.method === method);

beforeAll(async () => {
  folder = await temporaryFolder();
  run = join(folder.path, 'run');
  const { code, stderr } = await attune(['run', '--methods', METHODS.join(','), '--profiles', '4', '--sessions', '6', '--seed', '5', '--out', run]);
  expect(code, stderr).toBe(0);
  const records = await openRecords(run);
  const section = createVectorsSection({ manifest: records.manifest, profiles: records.inputs.profiles, methods: METHODS });
  read = [];
  for await (const one of readMemory({ items: records.inOrder(), profiles: records.inputs.profiles }, { k: 3 })) {
    read.push(one);
    section.add(one);
  }
  vectors = section.finish()!;
  await records.close();
}, 120_000);
afterAll(() => folder[Symbol.asyncDispose]());

describe('user vectors', () => {
  test('learned again from the records they have the recorded lengths, for every user', () => {
    expect(vectors.methods.map(({ method }) => method)).toEqual(['rag_vector', 'rag_vector_frozen']);
    for (const one of vectors.methods) expect(one).toMatchObject({ users: 4, usersCompared: 4, usersWithVectors: 4, missing: [], placebo: { rounds: 40 } });
  });

  test('a vector held at zero changes nothing, and all tables speak of six pairs', () => {
    const [learned, frozen] = vectors.methods;
    expect(learned!.rankFlips.turns).toBeGreaterThan(10);
    expect(frozen!.rankFlips).toEqual({ turns: 0, changed: 0 });
    for (const table of [learned!.long, learned!.short, learned!.combined, learned!.trueProfiles, learned!.exposureControlled, learned!.groundTruth]) expect(table).toMatchObject({ pairs: 6, permutations: 10_000 });
    expect(learned!.groundTruth!.covered).toBeGreaterThan(0);
    expect(learned!.map!.points).toHaveLength(4);
    expect(learned!.norms.map(({ session }) => session)).toEqual([...learned!.norms.keys()]);
  });
});

describe('blame', () => {
  test('each method has one cause for each violation, and causes that its kind of memory can have', () => {
    const count = createBlameCount(METHODS);
    for (const { blames } of read) count.add(blames);
    for (const { method, violations, causes } of count.finish()!.methods) {
      const expected = ofMethod(method).flatMap(({ view }) => view.turns.flatMap(({ verdict }) => verdict?.violated ?? [])).length;
      expect([method, violations]).toEqual([method, expected]);
      expect(causes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      const seen = new Set(causes.filter(({ count: found }) => found > 0).map(({ id }) => id));
      for (const cause of method.startsWith('rag') ? ['not_kept'] : ['not_extracted', 'not_retrieved']) expect([method, [...seen]]).not.toEqual([method, expect.arrayContaining([cause])]);
      expect([method, [...seen]]).toEqual([method, expect.arrayContaining(['never_stated'])]);
    }
  });

  test('the command prints the evidence of one turn, for one method or all, as text or JSON', async () => {
    const [{ userId, session, turn, preferenceId }] = ofMethod('rag_vector').flatMap(({ blames }) => blames) as [MemoryOfSession['blames'][number]];
    const at = [run, '--profile', userId, '--session', String(session), '--turn', String(turn)];
    const text = await printedBy(blameCommand(), [...at, '--method', 'rag_vector']);
    expect(text).toContain(`rag_vector · ${userId} · session ${session} · turn ${turn}\n`);
    expect(text).toContain(`\n${preferenceId}  `);
    const found = JSON.parse(await printedBy(blameCommand(), [...at, '--json'])) as { method: string; violations: { preferenceId: string; cause: string }[] }[];
    expect(METHODS).toEqual(expect.arrayContaining(found.map(({ method }) => method)));
    expect(found.find(({ method }) => method === 'rag_vector')!.violations).toContainEqual(expect.objectContaining({ preferenceId }));
    await expect(printedBy(blameCommand(), [run, '--profile', 'nobody', '--session', '0', '--turn', '0'])).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining(userId.slice(0, 5)) });
    await expect(printedBy(blameCommand(), [...at, '--method', 'rag'])).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('rag_vector_frozen') });
    await expect(printedBy(blameCommand(), [run, '--profile', userId, '--session', '99', '--turn', '0'])).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('rows hold numbers where there is something to say and null elsewhere', () => {
  const section = createMemorySection(METHODS, 3);
  for (const { row } of read) section.add(row);
  const methods = new Map(section.finish()!.methods.map((one) => [one.method, one]));
  expect(methods.has('vanilla')).toBe(false);
  expect(methods.get('contextual')).toMatchObject({ precision: null, ndcg: null, extraction: null, vectorChanged: null });
  expect(methods.get('contextual')!.bySession.map(({ coverage }) => coverage)).toEqual([null, 1, 1, 1, 1, 1]);
  for (const share of ['precision', 'recall', 'ndcg', 'recallAtK'] as const) expect([share, methods.get('rag_vector')![share]! > 0]).toEqual([share, true]);
  // The simulated extractor reads what is enforced, and much that is no preference.
  expect(methods.get('rag_vector')!.extraction!.recall).toBeGreaterThan(0.8);
  expect(methods.get('rag_vector')!.extraction!.precision).toBeLessThan(methods.get('rag_vector')!.extraction!.recall!);
  const known = methods.get('reflection')!.bySession.map(({ reconstruction }) => reconstruction);
  expect(known.at(-1)).toBeGreaterThan(known[1]!);
});
