import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { AttuneError } from './errors.ts';

/**
 * OpenTelemetry traces: one trace a session, over gRPC (metadata `traceparent`) and the bus (`Event.traceparent`). Until `openTracing` is called nothing is traced,
 * and `inSpan` is a plain call.
 */
export async function openTracing({ service, endpoint }: TracingConfig): Promise<Tracing> {
  // Loaded when they are needed: the exporter and its parts take longer to load than most commands take to run.
  const { startExport } = await import('./tracing/export.ts');
  const exporting = startExport(service, endpoint);
  open += 1;
  return {
    async close() {
      open -= 1;
      await exporting.close();
    },
  };
}

/** Whether anything is traced in this process. */
export function isTracing(): boolean {
  return open > 0;
}

/** Runs work in a span: a part of the one that runs, of the one that `traceparent` names, or the first of a trace. What it throws marks the span. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: { set(attributes: Attributes): void }) => Promise<T>): Promise<T> {
  if (open === 0) return work(NO_SPAN);
  const span = openSpan(name, options);
  try {
    return await span.within(() => work(span));
  } catch (thrown) {
    span.fail(thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** The same in parts, for work that is done in steps. */
export function openSpan(name: string, options: SpanOptions): OpenSpan {
  const parent = options.root ? ROOT_CONTEXT : contextOf(options.traceparent);
  const span = trace.getTracer('attune').startSpan(name, { kind: KINDS[options.kind ?? 'internal'], ...(options.attributes && { attributes: options.attributes }) }, parent);
  const own = trace.setSpan(parent, span);
  return {
    set: (attributes) => void span.setAttributes(attributes),
    within: (work) => context.with(own, work),
    // The code alone: what a sentence says may be a user's words.
    fail: (thrown) => void span.setStatus({ code: SpanStatusCode.ERROR, message: AttuneError.from(thrown).code }),
    end: () => span.end(),
  };
}

/** Runs work as if it were called from the span that `traceparent` names, without a span of its own. */
export function continueTrace<T>(traceparent: string | undefined, work: () => T): T {
  return open === 0 || traceparent === undefined ? work() : context.with(contextOf(traceparent), work);
}

/** The running span as a W3C traceparent; undefined when nothing is traced. */
export function currentTraceparent(): string | undefined {
  const running = open === 0 ? undefined : trace.getSpanContext(context.active());
  return running && `00-${running.traceId}-${running.spanId}-0${running.traceFlags & TraceFlags.SAMPLED}`;
}

let open = 0;

const NO_SPAN = { set: () => undefined };
const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER, consumer: SpanKind.CONSUMER };

/** What others send is looked at: anything but a traceparent begins no trace and ends none. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return context.active();
  return trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true });
}

export interface TracingConfig {
  /** The service's name in the traces. */
  service: string;
  /** Base URL of an OTLP/HTTP collector, such as http://localhost:4318. */
  endpoint: string;
}

export interface Tracing {
  /** Sends what is left, for a few seconds at most. */
  close(): Promise<void>;
}

interface OpenSpan {
  set(attributes: Attributes): void;
  /** Runs work that belongs to the span. */
  within<T>(work: () => T): T;
  fail(thrown: unknown): void;
  end(): void;
}

interface SpanOptions {
  kind?: keyof typeof KINDS;
  /** Names and numbers only; never a user's words. */
  attributes?: Attributes;
  /** Of a span in another process. */
  traceparent?: string | undefined;
  /** Begin a trace whatever runs. */
  root?: boolean;
}
