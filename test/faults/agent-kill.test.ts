import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../services/platform/random.ts';
import { attune, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { exportedMemories } from '../support/exported-memories.ts';
import { modelEnv } from '../support/model-env.ts';
import { ownMethods } from '../support/own-methods.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { metricsOf } from '../support/simulated-run.ts';
import { until } from '../support/until.ts';

const METHODS = await ownMethods();
const SESSIONS = 4;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let models: ServiceProcess;
let store: ServiceProcess;
let agent: ServiceProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  const space = join(folder.path, 'space.json');
  const fitted = await attune(['preferences', 'fit-space', '--k', '32', '--out', space]);
  expect(fitted.code, fitted.stderr).toBe(0);
  // A model that takes a while, so that a kill really falls into the middle of calls.
  models = await startService(['model-sim'], { ATTUNE_SEED: '7', ATTUNE_SIM_TTFT_MS: '25', ATTUNE_SIM_MODELS: 'sim-large,sim-writer,sim-embedding,sim-reranker' });
  const url = `http://${models.address}/v1`;
  const env = {
    ...modelEnv(url),
    ATTUNE_NOTE_WRITER_URL: url,
    ATTUNE_NOTE_WRITER_MODEL: 'sim-writer',
    ATTUNE_ITEM_SPACE: space,
  };
  store = await startService(['preference-store', '--state', join(folder.path, 'cards')], env);
  agent = await startService(['agent', '--methods', METHODS.join(','), '--preference-store', store.address, '--state', join(folder.path, 'states')], env);
  const methods = METHODS.map((name) => ({ name, target: agent.address }));
  writeFileSync(join(folder.path, 'experiment.yaml'), JSON.stringify({ name: 'killed', seed: 7, methods, profiles: { limit: 1 }, sessions: SESSIONS, maxTurns: 4, models: { url, model: 'sim-large', roles: {} } }));
}, 150_000);

afterAll(async () => {
  for (const service of [agent, store, models]) await service?.stop();
  await folder[Symbol.asyncDispose]();
});

test('whatever is killed in the middle of a session, every method ends with the records, memory and report of an undisturbed run', async () => {
  const [undisturbed, killed] = [join(folder.path, 'undisturbed'), join(folder.path, 'killed')];
  const file = join(folder.path, 'experiment.yaml');
  const whole = await attune(['run', file, '--out', undisturbed]);
  expect(whole.code, whole.stderr).toBe(0);
  expect(whole.stderr).not.toContain('fail');

  const random = createRandom(11);
  let run = startAttune(['run', file, '--out', killed]);
  const all = METHODS.length * SESSIONS;
  const hit = new Set<string>();
  for (const [kill, share] of [['agent', 0], ['store', 0.15], ['both', 0.35], ['run and agent', 0.55]] as const) {
    // The first time every method is in its first session.
    await until(share === 0 ? () => begun(killed).length >= METHODS.length : () => lines(killed, 'sessions.ndjson').length >= Math.round(share * all), `the run is ready for the kill of ${kill}`, 60_000, 5);
    await sleep(10 + random.int(60));
    if (kill === 'run and agent') {
      run.child.kill('SIGKILL');
      await run.done;
    }
    for (const method of underWay(killed)) hit.add(method);
    const down = kill === 'store' ? [store] : kill === 'both' ? [agent, store] : [agent];
    await Promise.all(down.map((service) => service.kill()));
    await Promise.all(down.map((service) => service.start()));
    if (kill === 'run and agent') run = startAttune(['run', '--resume', killed]);
  }
  const { code, stderr } = await run.done;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain('fail');

  expect([...hit].sort()).toEqual(METHODS);
  expect(playedAgain(killed).length).toBeGreaterThan(3);
  for (const kind of ['sessions.ndjson', 'verdicts.ndjson'] as const) {
    const [found, wanted] = [sortedLines(killed, kind), sortedLines(undisturbed, kind)];
    expect(found.map((line, index) => differingFields(line, wanted[index]!)).filter((fields) => fields !== '')).toEqual([]);
    expect(found).toEqual(wanted);
  }
  const memoriesOf = (run: string) => exportedMemories(run, agent.address, METHODS, SESSIONS);
  expect(await memoriesOf(killed)).toEqual(await memoriesOf(undisturbed));
  expect(metricsOf(killed)).toEqual(metricsOf(undisturbed));
}, 240_000);

function lines(run: string, file: string): string[] {
  const path = join(run, file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** Every beginning of a session so far, as method/session. */
function begun(run: string): string[] {
  return lines(run, 'events.ndjson').filter((text) => text.includes('"sessionStarted"')).map((text) => {
    const { key } = (JSON.parse(text) as { sessionStarted: { key: { user: { method: string }; session?: number } } }).sessionStarted;
    return `${key.user.method}/${key.session ?? 0}`;
  });
}

/** Which record differs, and in which of its fields; empty when it does not. The records themselves would fill pages. */
function differingFields(found: string, wanted: string): string {
  if (found === wanted) return '';
  const [a, b] = [JSON.parse(found), JSON.parse(wanted)] as Record<string, unknown>[];
  const fields = Object.keys({ ...a, ...b }).filter((field) => JSON.stringify(a![field]) !== JSON.stringify(b![field]));
  return `${JSON.stringify(b!['method'])} ${JSON.stringify(b!['session'] ?? 0)}: ${fields.map((field) => `${field} ${JSON.stringify(a![field])?.slice(0, 400)} for ${JSON.stringify(b![field])?.slice(0, 400)}`).join('; ')}`;
}

/** Methods with a session that has begun and is not on record. */
function underWay(run: string): string[] {
  const recorded = lines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { method: string; session?: number });
  const done = new Set(recorded.map(({ method, session }) => `${method}/${session ?? 0}`));
  return begun(run).filter((id) => !done.has(id)).map((id) => id.split('/')[0]!);
}

/** Methods of which a session was begun more than once: one of their calls was cut. Others only waited for their next call. */
function playedAgain(run: string): string[] {
  const all = begun(run);
  return METHODS.filter((method) => all.some((id, index) => id.startsWith(`${method}/`) && all.indexOf(id) < index));
}
