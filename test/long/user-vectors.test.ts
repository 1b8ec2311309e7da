import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SessionRecord } from '../../services/gen/attune/record/v1/record.ts';
import { attune, sortedLines, temporaryFolder } from '../support/attune.ts';

const DESIGN = ['run', '--methods', 'rag,rag_vector,rag_vector_frozen,rag_vector_random', '--profiles', '2', '--sessions', '5', '--seed', '3'];

function recordsOf(run: string): Map<string, SessionRecord[]> {
  const byMethod = new Map<string, SessionRecord[]>();
  for (const line of sortedLines(run, 'sessions.ndjson')) {
    const record = SessionRecord.fromJSON(JSON.parse(line));
    byMethod.set(record.method, [...(byMethod.get(record.method) ?? []), record]);
  }
  return byMethod;
}

const dialogues = (records: readonly SessionRecord[]) => records.map((r) => r.turns.map((t) => [t.user?.userMessage, t.agent?.agentMessage]));
const agentTurns = (records: readonly SessionRecord[]) => records.flatMap((r) => r.turns.flatMap((t) => t.agent ?? []));
const steps = (records: readonly SessionRecord[]) => [...agentTurns(records).flatMap((t) => t.feedback ?? []), ...records.flatMap((r) => r.endFeedback ?? [])];

test('vectors learn over a run; held at zero they change nothing, and every control learns behind the scenes', async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await attune([...DESIGN, '--out', 'run'], { cwd: folder.path });
  expect(code, stderr).toBe(0);
  const records = recordsOf(join(folder.path, 'run'));
  // Frozen is rag with the bookkeeping of the vectors: what it does differently from rag would be a fault of ours.
  expect(dialogues(records.get('rag_vector_frozen')!)).toEqual(dialogues(records.get('rag')!));
  expect(steps(records.get('rag')!)).toEqual([]);
  for (const method of ['rag_vector', 'rag_vector_frozen', 'rag_vector_random']) {
    expect(steps(records.get(method)!).filter((step) => step.updated).length, method).toBeGreaterThan(5);
    expect(Math.max(...steps(records.get(method)!).map((step) => step.zLongNorm)), method).toBeGreaterThan(0);
  }
  const bonuses = (method: string) => agentTurns(records.get(method)!).flatMap((turn) => turn.retrieval?.candidates.map(({ bonus }) => bonus) ?? []);
  expect(bonuses('rag_vector').some((bonus) => bonus !== 0)).toBe(true);
  expect(bonuses('rag_vector_random').some((bonus) => bonus !== 0)).toBe(true);
  expect(bonuses('rag_vector_frozen').filter((bonus) => bonus !== 0)).toEqual([]);
  // The message that ends a session is a reward too, which the published code never read.
  expect(records.get('rag_vector')!.some((record) => record.endFeedback?.updated)).toBe(true);
});

test('rewards from the simulated user reach the methods only when the experiment says so', async () => {
  await using folder = await temporaryFolder();
  const small = ['--methods', 'rag_vector', '--profiles', '1', '--sessions', '2'];
  await attune(['run', ...small, '--out', 'words'], { cwd: folder.path });
  writeFileSync(join(folder.path, 'told.yaml'), 'preferences: { reward: simulator }\n');
  await attune(['run', 'told.yaml', ...small, '--out', 'told'], { cwd: folder.path });
  const labels = (run: string) => steps(recordsOf(join(folder.path, run)).get('rag_vector')!).map((step) => step.label);
  expect(labels('words').filter((label) => label !== '')).toEqual([]);
  expect(labels('told')).toContain('stopped');
});
