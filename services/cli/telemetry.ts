import { randomUUID } from 'node:crypto';
import type { StartedRun } from '../all-in-one/service.ts';
import type { Logger } from '../platform/log.ts';
import { readEnv } from '../platform/config.ts';
import { createMetrics } from '../platform/metrics/metrics.ts';
import type { Metrics } from '../platform/metrics/metrics.ts';
import { serveMetrics } from '../platform/metrics/serve-metrics.ts';
import type { ModelObserver } from '../platform/models/index.ts';
import { accessEnv } from '../platform/service-env.ts';
import { openTracing } from '../platform/tracing.ts';

/** Metrics and traces of a process that runs experiments, by the settings that services have; without them it is nothing. */
export async function openTelemetry(env: Readonly<Record<string, string | undefined>>, name: string, log: Logger, needs: Parameters<typeof serveMetrics>[1]['needs'] = {}): Promise<Telemetry> {
  const settings = readEnv(env, (read) => ({
    port: read.int('ATTUNE_METRICS_PORT', { optional: true, min: 0, max: 65_535 }),
    host: read.string('ATTUNE_HOST', { default: '127.0.0.1' }),
    traceTo: read.url('OTEL_EXPORTER_OTLP_ENDPOINT', { optional: true }),
    access: accessEnv(read),
  }));
  const metrics = settings.port === undefined ? undefined : createMetrics();
  const page = metrics && (await serveMetrics(metrics, { host: settings.host, port: settings.port!, tokens: settings.access.security.tokens, needs }));
  if (page) log.info({ metrics: `${page.url}/metrics` }, 'Metrics are served.');
  const tracing = settings.traceTo === undefined ? undefined : await openTracing({ service: name, endpoint: settings.traceTo });
  return {
    observer: metrics?.models,
    watchQueue: (queue, read) => metrics?.watchQueue(queue, read),
    watch: ({ bus }) => metrics?.watchRun(bus, `metrics ${randomUUID()}`),
    async close() {
      await page?.stop();
      await tracing?.close();
    },
  };
}

export interface Telemetry {
  /** For the run's models; undefined without metrics. */
  readonly observer: ModelObserver | undefined;
  /** Shows a queue at every scrape. */
  watchQueue: Metrics['watchQueue'];
  /** Counts what a run tells. */
  watch(run: StartedRun): void;
  close(): Promise<void>;
}
