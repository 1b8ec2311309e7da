import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemBank } from '../services/catalogue/index.ts';
import { createModelSim } from '../services/model-sim/service.ts';
import { attune, sortedLines, temporaryFolder } from './support/attune.ts';

test('a run with the response cache is repeated without a single call, also when the model server is gone', async () => {
  await using folder = await temporaryFolder();
  const sim = createModelSim({ seed: 3, knowledge: problemBank(), models: ['m'] });
  const { url } = await sim.listen();
  const design = ['run', '--models', url, '--model', 'm', '--methods', 'reflection,rag', '--profiles', '2', '--sessions', '2'];
  const first = await attune([...design, '--cache', 'read-write', '--out', 'first'], { cwd: folder.path });
  expect(first.code).toBe(0);
  await sim.close();

  const replayed = await attune([...design, '--cache', 'replay-only', '--out', 'replayed'], { cwd: folder.path });
  expect(replayed.stderr).not.toContain('fail');
  expect(replayed.code).toBe(0);
  for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) {
    expect(sortedLines(join(folder.path, 'replayed'), file)).toEqual(sortedLines(join(folder.path, 'first'), file));
  }

  const other = await attune([...design, '--seed', '8', '--cache', 'replay-only', '--out', 'other'], { cwd: folder.path });
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/All 8 sessions failed.*cache/s);
}, 120_000);
