import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/**
 * Sends the spans of this process to a collector over OTLP/HTTP, in batches and beside the work: a collector that is away costs its spans and nothing else.
 * OpenTelemetry knows one provider a process, so one export is open at a time.
 */
export function startExport(service: string, endpoint: string): { close(): Promise<void> } {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: EXPORT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `attune-${service}` }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000, maxQueueSize: 20_000, maxExportBatchSize: 1_000, exportTimeoutMillis: EXPORT_MS })],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  trace.setGlobalTracerProvider(provider);
  return {
    async close() {
      await provider.shutdown().catch(() => undefined); // a collector that is away must not hold up a service that stops
      trace.disable();
      context.disable();
      contexts.disable();
    },
  };
}

const EXPORT_MS = 5_000;
