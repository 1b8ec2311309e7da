import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import type { ModelSimConfig } from '../../services/model-sim/service.ts';
import { attune, sortedLines, temporaryFolder } from '../support/attune.ts';
import { openFleet } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';

const NONSENSE = { rates: { prose: 1 }, only: ['task_verdict', 'session_verdicts', 'turn_verdict', 'probe_verdict', 'pair_verdict'] };
const DESIGN = ['--methods', 'vanilla,rag', '--profiles', '2', '--sessions', '2'];

test.skipIf(!haveNatsServer)('a judge that fails its anchors grades nothing of a shared run, whoever judges; a better one in its place goes on with it', async () => {
  await using folder = await temporaryFolder();
  await using server = await startNatsServer();
  await using fleet = openFleet(server);
  await fleet.start('judge');
  const run = join(folder.path, 'run');
  const config: ModelSimConfig = { seed: 3, knowledge: problemBank(), models: ['m'] };
  const bad = createModelSim({ ...config, faults: NONSENSE });
  const { url, port } = await bad.listen();
  const refused = await attune(['run', '--models', url, '--model', 'm', ...DESIGN, '--out', run, '--bus', server.url]);
  await bad.close();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/The judge fails its anchors: task known good 0 of 4 right [\s\S]*verdicts were not asked for[\s\S]*go on with: attune run --resume/);
  expect(sortedLines(run, 'sessions.ndjson')).toHaveLength(8);
  expect(sortedLines(run, 'verdicts.ndjson')).toHaveLength(0);
  expect(readFileSync(join(run, 'report/report.md'), 'utf8')).toContain('The judge fails its anchors');
  expect(readFileSync(join(run, 'events.ndjson'), 'utf8')).toContain('"kind":"anchors_failed"');

  const good = createModelSim(config);
  await good.listen({ port });
  try {
    const resumed = await attune(['run', '--resume', run, '--bus', server.url]);
    expect(resumed.code, resumed.stderr).toBe(0);
  } finally {
    await good.close();
  }
  expect(sortedLines(run, 'verdicts.ndjson').length).toBeGreaterThanOrEqual(16);
  expect(readFileSync(join(run, 'report/report.md'), 'utf8')).not.toContain('The judge fails its anchors');
}, 240_000);
