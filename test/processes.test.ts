import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { attune, sortedLines, temporaryFolder } from './support/attune.ts';
import { modelEnv } from './support/model-env.ts';
import { startService, type ServiceProcess } from './support/service-process.ts';

const running: ServiceProcess[] = [];
afterEach(async () => {
  const codes = await Promise.all(running.splice(0).map((service) => service.stop()));
  expect(codes.every((code) => code === 0)).toBe(true);
});

async function serve(args: string[], env: Record<string, string>): Promise<string> {
  const service = await startService(args, env);
  running.push(service);
  return service.address;
}

test('every service in a process of its own gives the records of one process', async () => {
  await using folder = await temporaryFolder();
  const design = 'name: apart\nseed: 7\nprofiles: { limit: 2 }\nsessions: 3\n';
  const whole = join(folder.path, 'whole.yaml');
  writeFileSync(whole, `${design}methods: [reflection, rag]\n`);
  expect((await attune(['run', whole, '--out', join(folder.path, 'whole')])).code).toBe(0);

  const models = await serve(['model-sim'], { ATTUNE_SEED: '7' });
  const url = `http://${models}/v1`;
  const env = modelEnv(url);
  const store = await serve(['preference-store', '--state', join(folder.path, 'cards')], env);
  const [simulator, judge, agent] = await Promise.all([
    serve(['simulator'], env),
    serve(['judge'], env),
    serve(['agent', '--methods', 'reflection,rag', '--preference-store', store, '--state', join(folder.path, 'states')], env),
  ]);
  const apart = join(folder.path, 'apart.yaml');
  writeFileSync(
    apart,
    `${design}methods: [{ name: reflection, target: "${agent}" }, { name: rag, target: "${agent}" }]\nservices: { simulator: "${simulator}", judge: "${judge}" }\n`,
  );
  expect((await attune(['run', apart, '--out', join(folder.path, 'apart')])).code).toBe(0);
  for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) {
    expect(sortedLines(join(folder.path, 'apart'), file)).toEqual(sortedLines(join(folder.path, 'whole'), file));
  }
}, 120_000);
