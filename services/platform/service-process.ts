import type { Logger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { Metrics } from './metrics/metrics.ts';
import { serveMetrics, type Needs } from './metrics/serve-metrics.ts';
import { serve, type RunningServer, type ServiceBinding } from './rpc.ts';
import type { ListenConfig } from './service-env.ts';
import { openTracing } from './tracing.ts';

/**
 * What a service in a process of its own is seen by: metrics when it has a port for them, traces when there is a collector. Opened first, so that it is closed last.
 */
export async function openServiceProcess(name: string, listen: ListenConfig, scope: ProcessScope): Promise<ServiceProcess> {
  const { log, onStop } = scope;
  const metrics = listen.metricsPort === undefined ? undefined : createMetrics();
  if (listen.traceTo !== undefined) {
    const tracing = await openTracing({ service: name, endpoint: listen.traceTo });
    onStop(() => tracing.close());
  }
  return {
    metrics,
    async serve(bindings, needs) {
      const server = await serve(bindings, { ...listen, log, metrics });
      onStop(async () => {
        log.info('No new calls are taken; those in work are finished.');
        await server.stop(listen.drainMs);
      });
      if (metrics && listen.metricsPort !== undefined) {
        const page = await serveMetrics(metrics, { host: listen.host, port: listen.metricsPort, tokens: listen.security.tokens, needs });
        onStop(() => page.stop());
        log.info({ metrics: `${page.url}/metrics` }, 'Metrics are served.');
      }
      return server;
    },
  };
}

export interface ServiceProcess {
  /** Undefined without a port for them. */
  readonly metrics: Metrics | undefined;
  /** Offers the services, stops them with the process, and tells by /ready whether what they need answers. */
  serve(bindings: readonly ServiceBinding[], needs: Needs): Promise<RunningServer>;
}

interface ProcessScope {
  log: Logger;
  onStop(stop: () => unknown): void;
}
