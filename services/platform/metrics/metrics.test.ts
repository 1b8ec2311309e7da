import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { Event } from '../../gen/attune/event/v1/event.ts';
import { createInProcessBus } from '../bus.ts';
import { readTokens } from '../secret.ts';
import { METRICS } from './definitions.ts';
import { createMetrics } from './metrics.ts';
import { serveMetrics, type Needs } from './serve-metrics.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function page(needs: Needs = {}, token?: string): Promise<{ url: string; metrics: ReturnType<typeof createMetrics> }> {
  const metrics = createMetrics();
  const { url, stop } = await serveMetrics(metrics, { port: 0, needs, ...(token !== undefined && { tokens: readTokens(token, 'test') }) });
  stops.push(stop);
  return { url, metrics };
}

test('the README describes every metric as it is, and no other', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(attune_\w+)` \| (\w+) \|(.*?)\| (.*) \|$/gm)].map(([, name, kind, labels, help]) => ({ name, kind, labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label), help }));
  expect(rows).toEqual(Object.entries(METRICS).map(([name, { kind, labels, help }]) => ({ name, kind, labels: [...labels], help })));
});

test('every metric is on the page of a registry of its own, with its kind', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.beginCall('attune.x/Y')('ok');
  const text = await one.text();
  for (const [name, { kind }] of Object.entries(METRICS)) expect(text).toContain(`# TYPE ${name} ${kind}\n`);
  expect(text).toContain('attune_rpc_calls_total{rpc="attune.x/Y",code="ok"} 1');
  expect(await other.text()).not.toContain('attune.x/Y');
});

test('a queue is asked at every scrape', async () => {
  const metrics = createMetrics();
  const state = { depth: 3, ageSeconds: 1.5 };
  metrics.watchQueue('work', () => state);
  const shown = async () => [...(await metrics.text()).matchAll(/^attune_queue_\w+\{queue="work"\} (.*)$/gm)].map(([, value]) => Number(value)).sort((a, b) => a - b);
  expect(await shown()).toEqual([1.5, 3]);
  Object.assign(state, { depth: 7, ageSeconds: 0 });
  expect(await shown()).toEqual([0, 7]);
});

test('what a run tells over its bus is counted', async () => {
  const metrics = createMetrics();
  const bus = createInProcessBus();
  metrics.watchRun(bus, 'metrics');
  const publish = (eventId: string, fact: object) => bus.publish(Event.fromJSON({ eventId, runId: 'r', ...fact }));
  await publish('1', { turnCompleted: { key: { user: { method: 'rag' } }, wallMs: 40 } });
  await publish('2', { sessionEnded: { record: { method: 'rag', status: 'SESSION_STATUS_AGENT_ERROR' }, wallMs: 900 } });
  await publish('3', { sessionJudged: { verdict: { task: {} } } });
  await publish('4', { faultSeen: { service: 'judge', kind: 'unjudged' } });
  await bus.close();
  const text = await metrics.text();
  for (const line of ['attune_turns_total{method="rag"} 1', 'attune_turn_seconds_bucket{le="0.05",method="rag"} 1', 'attune_sessions_total{method="rag",status="agent_error"} 1', 'attune_session_seconds_sum{method="rag"} 0.9', 'attune_verdicts_total{stage="task"} 1', 'attune_faults_total{service="judge",kind="unjudged"} 1']) expect(text).toContain(line);
});

test('live differs from ready: it does not ask what the service needs', async () => {
  let problem: string | null = 'The endpoint is away.';
  const { url } = await page({ models: async () => problem, store: async () => null, broken: () => Promise.reject(new Error('It threw.')) });
  const ready = await fetch(`${url}/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, lacking: { models: 'The endpoint is away.', broken: 'It threw.' } }]);
  expect((await fetch(`${url}/live`)).status).toBe(200);
  expect((await fetch(`${url}/else`)).status).toBe(404);
  expect((await fetch(`${url}/live`, { method: 'POST' })).status).toBe(405);
  problem = null;
  const { url: fine } = await page({ models: async () => problem });
  expect(await (await fetch(`${fine}/ready`)).json()).toEqual({ ready: true, lacking: {} });
});

test('where tokens are asked for, the metrics ask for one and health does not', async () => {
  const token = 'a-token-of-the-metrics';
  const { url } = await page({}, token);
  const status = async (path: string, authorization?: string) => (await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } })).status;
  expect([await status('/metrics'), await status('/metrics', 'Bearer another-token-entirely'), await status('/metrics', `Bearer ${token}`)]).toEqual([401, 401, 200]);
  expect([await status('/live'), await status('/ready')]).toEqual([200, 200]);
});

test.each([
  ['fails', () => Promise.reject(new Error('The bus is away.'))],
  ['gives no answer', () => new Promise<never>(() => {})],
])('a queue that %s leaves its own lines out of the page, and nothing else', async (_, read) => {
  const metrics = createMetrics();
  let isAway = false;
  metrics.watchQueue('work', () => (isAway ? read() : { depth: 3, ageSeconds: 1 }));
  expect(await metrics.text()).toContain('attune_queue_depth{queue="work"} 3');
  await new Promise((resolve) => setImmediate(resolve));
  isAway = true;
  const page = await metrics.text();
  expect(page).not.toContain('queue="work"');
  expect(page).toMatch(/^attune_process_resident_bytes \d+$/m);
});
