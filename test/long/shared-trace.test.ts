import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attune, sortedLines, temporaryFolder } from '../support/attune.ts';
import { openFleet } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { startService } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const SESSIONS = 4;

describe.skipIf(!haveNatsServer)('traces of a run that many processes share', () => {
  test('a session is one trace, from its runner over the agent to the judge replica that took it from the bus', async () => {
    await using folder = await temporaryFolder();
    await using server = await startNatsServer();
    const collector = await startCollector();
    const models = await startService(['model-sim'], { ATTUNE_SEED: '7' });
    const model = { ATTUNE_MODEL_URL: `http://${models.address}/v1`, ATTUNE_MODEL: 'sim-large' };
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const agent = await startService(['agent', '--methods', 'reflection', '--state', join(folder.path, 'states')], { ...model, ...traced });
    const experiment = join(folder.path, 'experiment.yaml');
    writeFileSync(experiment, JSON.stringify({ seed: 7, methods: [{ name: 'reflection', target: agent.address }], profiles: { limit: 2 }, sessions: SESSIONS / 2, models: { url: model.ATTUNE_MODEL_URL, model: 'sim-large' } }));
    {
      await using fleet = openFleet(server, traced);
      await Promise.all([fleet.start('runner'), fleet.start('judge'), fleet.start('judge')]);
      const { code, stderr } = await attune(['run', experiment, '--out', join(folder.path, 'run'), '--bus', server.url, '--no-workers'], { env: traced });
      expect(code, stderr).toBe(0);
    }
    await agent.stop();
    await models.stop();

    // Whoever stops sends what is left; the collector may still be reading it.
    const named = (name: string) => collector.spans.filter((span) => span.name === name);
    await until(() => named('judge session').length >= SESSIONS && named('session').length >= SESSIONS, 'every session and its judging is told', 15_000);
    await collector.close();
    const sessions = named('session');
    expect(sortedLines(join(folder.path, 'run'), 'verdicts.ndjson').length).toBeGreaterThan(SESSIONS);
    expect(sessions.map(({ service, parentSpanId }) => [service, parentSpanId ?? ''])).toEqual(Array.from({ length: SESSIONS }, () => ['attune-runner', '']));
    expect(new Set(sessions.map(({ traceId }) => traceId)).size).toBe(SESSIONS);
    for (const { traceId } of sessions) {
      const own = collector.spans.filter((span) => span.traceId === traceId);
      const told = new Set(own.map(({ service, name }) => `${service} ${name}`));
      for (const name of ['attune-runner attune.agent.v1.MethodAgent/Respond', 'attune-agent attune.agent.v1.MethodAgent/Respond', 'attune-agent model /chat/completions', 'attune-judge judge session', 'attune-judge model /chat/completions']) {
        expect([name, told.has(name)]).toEqual([name, true]);
      }
      // Every span but the first hangs on one that is told.
      const ids = new Set(own.map(({ spanId }) => spanId));
      expect(own.filter(({ parentSpanId = '' }) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([]);
    }
  }, 180_000);
});
