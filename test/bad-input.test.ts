import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createModelSim } from '../services/model-sim/service.ts';
import type { ModelSimConfig } from '../services/model-sim/service.ts';
import { attune, temporaryFolder } from './support/attune.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Runs a command that must fail with one sentence, no stack and nothing written. */
async function refused(args: string[], code: 1 | 2, sentence: RegExp | string): Promise<void> {
  const before = readdirSync(folder.path);
  const result = await attune(args, { cwd: folder.path });
  expect(result.stderr).toMatch(sentence);
  expect(result.stderr).not.toMatch(/^\s+at .*[:(]\d+/m);
  expect(result.stdout).toBe('');
  expect(result.code).toBe(code);
  expect(readdirSync(folder.path)).toEqual(before);
}

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

describe('wrong use ends with exit code 2', () => {
  test.each<[string, string[], RegExp | string]>([
    ['unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
    ['unknown flag', ['run', '--frobnicate'], "unknown option '--frobnicate'"],
    ['unknown method', ['run', '--methods', 'vanilla,nope'], 'Unknown method "nope"; the known methods are all_memory, contextual, '],
    ['method named twice', ['run', '--methods', 'rag,rag'], 'the method "rag" is named twice'],
    ['unknown dataset', ['run', '--dataset', 'nope'], 'Unknown dataset "nope"'],
    ['text for a number', ['run', '--sessions', 'many'], 'should be a whole number'],
    ['no sessions', ['run', '--sessions', '0'], 'sessions: Too small'],
    ['more sessions than problems', ['run', '--sessions', '5000'], /5000 sessions need as many different problems, but the datasets hold \d+/],
    ['missing experiment', ['run', 'none.yaml'], 'Cannot read the experiment none.yaml'],
    ['URL without a model', ['run', '--models', 'http://127.0.0.1:1/v1'], 'needs --model NAME'],
    ['URL that is none', ['run', '--models', 'localhost:8000', '--model', 'x'], 'must be "sim" or start with http'],
    ['unknown run', ['run', '--resume', 'nowhere'], 'No run "nowhere"'],
    ['resume with other options', ['run', '--resume', 'nowhere', '--sessions', '3'], '--resume takes everything but limits from the run folder'],
    ['unknown run to report', ['report', 'nowhere'], 'No run "nowhere"'],
    ['unknown service', ['serve', 'frob'], 'Unknown service "frob"; the services are'],
    ['service without settings', ['serve', 'judge'], 'ATTUNE_MODEL_URL is not set'],
  ])('%s', async (_name, args, sentence) => refused(args, 2, sentence));

  test('unknown YAML field, with the known ones', async () => {
    const path = file('unknown.yaml', 'name: x\nsesions: 3\nmodels: { ulr: sim }\n');
    await refused(['run', path], 2, /unknown field models\.ulr \(known: url, model.*unknown field sesions \(known: name, seed/);
  });
  test('votes for a judge that runs elsewhere and has settings of its own', async () => {
    const path = file('votes.yaml', 'judge: { votes: 3 }\nservices: { judge: "127.0.0.1:1" }\n');
    await refused(['run', path], 1, 'this one names the judge at 127.0.0.1:1: leave them out and give ATTUNE_JUDGE_MODE');
  });
  test('text that is no YAML', async () => refused(['run', file('broken.yaml', 'name: [x\n')], 2, /broken\.yaml is not valid YAML/));
  test('a malformed profile names file and line', async () => {
    const path = file('profiles.json', '[\n {"i":0,"persona":"p","categories":["a"],"preferences":["x"]},\n {"i":1,"persona":3}\n]\n');
    await refused(['run', '--profiles', path], 2, /profiles\.json[\s\S]*line 3/);
  });
  test('a malformed problem names file and line', async () => {
    const path = file('problems.jsonl', '{"problem":"a","solution":"b"}\n{"problem":"a"}\n{oops\n');
    await refused(['run', '--dataset', path], 2, /problems\.jsonl[\s\S]*line 2[\s\S]*line 3/);
  });
  test('a folder that holds something else', async () => {
    mkdirSync(join(folder.path, 'full'));
    writeFileSync(join(folder.path, 'full', 'thesis.txt'), 'mine');
    await refused(['run', '--out', 'full'], 1, 'should be new or empty');
    expect(readdirSync(join(folder.path, 'full'))).toEqual(['thesis.txt']);
  });
  test('a folder below a file', async () => refused(['run', '--out', join(file('plain.txt', 'x'), 'run')], 1, /Cannot make the run folder .*plain\.txt/));
  test.skipIf(process.getuid?.() === 0)('an unwritable folder', async () => {
    mkdirSync(join(folder.path, 'locked'), { mode: 0o500 });
    await refused(['run', '--out', 'locked/run'], 1, /Cannot make the run folder .*permission is denied/);
  });
});

describe('a model endpoint that cannot be used ends with exit code 1', () => {
  const FLAGS = ['run', '--profiles', '1', '--sessions', '1', '--out', 'out'];

  async function against(config: Partial<ModelSimConfig>, sentence: RegExp, env?: Record<string, string>): Promise<void> {
    const sim = createModelSim({ seed: 1, knowledge: [], models: ['m'], ...config });
    const { url } = await sim.listen();
    try {
      const result = await attune([...FLAGS, '--models', url, '--model', 'm'], { cwd: folder.path, ...(env && { env }) });
      expect(result.stderr).toMatch(sentence);
      expect(result.stderr).not.toMatch(/^\s+at .*[:(]\d+/m);
      expect(result.stderr).not.toContain('wrong-key');
      expect(result.code).toBe(1);
      expect(existsSync(join(folder.path, 'out'))).toBe(false);
    } finally {
      await sim.close();
    }
  }

  test('nobody listens', async () => refused([...FLAGS, '--models', 'http://127.0.0.1:1/v1', '--model', 'm'], 1, /http:\/\/127\.0\.0\.1:1\/v1.*connection refused/));
  test('401 without a key', async () => against({ apiKey: 'right-key' }, /401|key/i));
  test('401 with a wrong key, which is not printed', async () => against({ apiKey: 'right-key' }, /401|key/i, { ATTUNE_API_KEY: 'wrong-key' }));
  test('a model that the endpoint does not serve', async () => against({ models: ['other'] }, /"m".*other|other.*"m"/));
  test('prose where JSON was asked for', async () => against({ faults: { rates: { prose: 1 } } }, /JSON/));
  test('broken JSON', async () => against({ faults: { rates: { broken_json: 1 } } }, /JSON/));
});
