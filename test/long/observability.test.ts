import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { freePort } from '../support/free-port.ts';
import { modelEnv } from '../support/model-env.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: Awaited<ReturnType<typeof startCollector>>;
let models: ServiceProcess;
let store: ServiceProcess;
let services: Record<'agent' | 'simulator' | 'judge', ServiceProcess>;
const running: ServiceProcess[] = [];
const start = async (...args: Parameters<typeof startService>) => {
  const service = await startService(...args);
  running.push(service);
  return service;
};

beforeAll(async () => {
  folder = await temporaryFolder();
  collector = await startCollector();
  models = await start(['model-sim'], { ATTUNE_SEED: '7', ATTUNE_SIM_TTFT_MS: '20' });
  const url = `http://${models.address}/v1`;
  const env = {
    ...modelEnv(url),
    ATTUNE_METRICS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  store = await start(['preference-store', '--state', join(folder.path, 'cards')], env);
  const [agent, simulator, judge] = await Promise.all([
    start(['agent', '--methods', 'reflection,rag', '--preference-store', store.address, '--state', join(folder.path, 'states')], env),
    start(['simulator'], env),
    start(['judge'], env),
  ]);
  services = { agent, simulator, judge };
  const methods = ['reflection', 'rag'].map((name) => ({ name, target: agent.address }));
  writeFileSync(join(folder.path, 'experiment.yaml'), JSON.stringify({ seed: 7, methods, profiles: { limit: 2 }, sessions: 2, maxTurns: 4, services: { simulator: simulator.address, judge: judge.address }, models: { url, model: 'sim-large' } }));
}, 150_000);

afterAll(async () => {
  for (const service of running.reverse()) await service.stop();
  await collector.close();
  await folder[Symbol.asyncDispose]();
});

test('a run over the wire shows in the metrics of its process and of every service, while it goes on, and as one trace a session', async () => {
  const port = await freePort();
  const run = startAttune(['run', join(folder.path, 'experiment.yaml'), '--out', join(folder.path, 'run')], { env: { ATTUNE_METRICS_PORT: String(port), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  const seen: number[] = [];
  while (run.child.exitCode === null) {
    const text = await scrape(`http://127.0.0.1:${port}`).catch(() => '');
    if (text !== '') seen.push(sum(text, 'attune_turns_total'));
    await sleep(50);
  }
  const { code, stderr } = await run.done;
  expect(code, stderr).toBe(0);
  expect(seen.length).toBeGreaterThan(1);
  expect(Math.max(...seen)).toBeGreaterThan(Math.min(...seen));

  const records = sortedLines(join(folder.path, 'run'), 'sessions.ndjson').map((line) => JSON.parse(line) as { usage: { role: string; calls: number; promptTokens: number }[]; turns: { agent?: object }[] });
  const used = (role: string, field: 'calls' | 'promptTokens') => records.flatMap((r) => r.usage).filter((u) => u.role === role).reduce((total, u) => total + u[field], 0);
  const pages = { agent: await scrape(metricsOf(services.agent)), simulator: await scrape(metricsOf(services.simulator)), judge: await scrape(metricsOf(services.judge)), store: await scrape(metricsOf(store)) };
  const replies = records.flatMap((r) => r.turns).filter((turn) => turn.agent).length;
  expect(sum(pages.agent, 'attune_rpc_calls_total', 'rpc="attune.agent.v1.MethodAgent/Respond"', 'code="ok"')).toBe(replies);
  expect(sum(pages.agent, 'attune_rpc_seconds_count', 'rpc="attune.agent.v1.MethodAgent/Respond"')).toBe(replies);
  expect(sum(pages.agent, 'attune_model_calls_total', 'role="agent"', 'status="ok"')).toBe(used('agent', 'calls'));
  expect(sum(pages.agent, 'attune_model_tokens_total', 'role="agent"', 'kind="prompt"')).toBe(used('agent', 'promptTokens'));
  expect(sum(pages.simulator, 'attune_model_calls_total', 'role="simulator"')).toBe(used('simulator', 'calls'));
  expect(sum(pages.store, 'attune_model_calls_total', 'role="extractor"')).toBe(used('extractor', 'calls'));
  expect(sum(pages.judge, 'attune_rpc_calls_total', 'code="ok"')).toBeGreaterThanOrEqual(2 * records.length);
  for (const text of Object.values(pages)) expect(sum(text, 'attune_process_resident_bytes')).toBeGreaterThan(1e7);

  // Spans leave in batches, a second later at most.
  const roots = () => collector.spans.filter(({ name }) => name === 'session');
  const whole = () => roots().length === records.length && roots().every(({ traceId }) => servicesOf(traceId).has('attune-judge') && servicesOf(traceId).has('attune-agent'));
  for (const until = Date.now() + 15_000; !whole() && Date.now() < until; ) await sleep(100);
  await sleep(1_500);
  expect(roots().map(({ attributes }) => attributes.find(({ key }) => key === 'attune.session')?.value.intValue).map(Number).sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(new Set(roots().map(({ traceId }) => traceId)).size).toBe(records.length);
  const ids = new Set(collector.spans.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
  for (const root of roots()) {
    expect(root.parentSpanId ?? '').toBe('');
    const own = collector.spans.filter(({ traceId }) => traceId === root.traceId);
    expect(own.filter((span) => span !== root && !ids.has(`${span.traceId}/${span.parentSpanId}`))).toEqual([]);
    const names = new Set(own.map(({ service, name }) => `${service} ${name}`));
    for (const name of ['attune-run session', 'attune-run attune.simulator.v1.UserSimulator/Respond', 'attune-simulator attune.simulator.v1.UserSimulator/Respond', 'attune-agent attune.agent.v1.MethodAgent/EndSession', 'attune-agent model /chat/completions', 'attune-run judge session', 'attune-judge model /chat/completions']) {
      expect([name, names.has(name)]).toEqual([name, true]);
    }
  }
  expect(roots().filter(({ traceId }) => servicesOf(traceId).has('attune-preference-store'))).toHaveLength(4);
  // Whatever these did for the run is in a session's trace; the run itself asks models and judge some questions before the first session.
  const traces = new Set(roots().map(({ traceId }) => traceId));
  expect(collector.spans.filter(({ traceId, name, service }) => !/run|judge/.test(service) && !traces.has(traceId) && /Respond|EndSession|Judge|model/.test(name))).toEqual([]);
  expect(JSON.stringify(collector.spans)).not.toContain(userWordsOf(join(folder.path, 'run')));
}, 240_000);

test('a service whose model endpoint goes away is live and not ready', async () => {
  const url = metricsOf(services.agent);
  const ready = async () => {
    const response = await fetch(`${url}/ready`);
    return { status: response.status, body: (await response.json()) as { lacking: Record<string, string> } };
  };
  expect((await ready()).status).toBe(200);
  await models.kill();
  for (const until = Date.now() + 20_000; (await ready()).status === 200 && Date.now() < until; ) await sleep(200);
  const { status, body } = await ready();
  expect([status, Object.keys(body.lacking)]).toEqual([503, ['models']]);
  expect(body.lacking['models']).toMatch(/connection refused/);
  expect((await fetch(`${url}/live`)).status).toBe(200);
  await models.start();
}, 240_000);

function servicesOf(trace: string): Set<string> {
  return new Set(collector.spans.filter(({ traceId }) => traceId === trace).map(({ service }) => service));
}

/** What a user said first, which no span may hold. */
function userWordsOf(run: string): string {
  const [first] = sortedLines(run, 'sessions.ndjson');
  return (JSON.parse(first!) as { turns: { user: { userMessage: string } }[] }).turns[0]!.user.userMessage;
}

function metricsOf({ stderr }: ServiceProcess): string {
  return /"metrics":"(.*?)\/metrics"/.exec(stderr)![1]!;
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

/** The sum over all series of a metric with these labels. */
function sum(page: string, name: string, ...labels: string[]): number {
  const lines = page.split('\n').filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && labels.every((label) => line.includes(label)));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}
