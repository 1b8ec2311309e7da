import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SessionStatus } from '../../gen/attune/record/v1/record.ts';
import type { Bus } from '../bus.ts';
import type { ModelObserver } from '../models/index.ts';
import { METRICS } from './definitions.ts';
import type { MetricName } from './definitions.ts';

/** The metrics of one service, in a registry of its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const counter = (name: MetricName, collect?: (this: Counter) => void) => new Counter({ ...described(name), registers: [registry], ...(collect && { collect }) });
  const histogram = (name: MetricName) => new Histogram({ ...described(name), registers: [registry], buckets: SECONDS });
  const queues = new Map<string, ReadQueue>();
  let reading: Promise<(readonly [string, QueueState | null])[]> | undefined;
  /** Both gauges of one scrape show one reading. */
  const readQueues = () => (reading ??= Promise.all([...queues].map(async ([queue, read]) => [queue, await inTime(read)] as const)).finally(() => setImmediate(() => (reading = undefined))));

  const rpcCalls = counter('attune_rpc_calls_total');
  const rpcSeconds = histogram('attune_rpc_seconds');
  const rpcInFlight = new Gauge({ ...described('attune_rpc_in_flight'), registers: [registry] });
  const modelCalls = counter('attune_model_calls_total');
  const modelSeconds = histogram('attune_model_call_seconds');
  const modelTokens = counter('attune_model_tokens_total');
  const modelRetries = counter('attune_model_retries_total');
  const sessions = counter('attune_sessions_total');
  const sessionSeconds = histogram('attune_session_seconds');
  const turns = counter('attune_turns_total');
  const turnSeconds = histogram('attune_turn_seconds');
  const verdicts = counter('attune_verdicts_total');
  const faults = counter('attune_faults_total');
  const queueGauge = (name: MetricName, pick: (state: QueueState) => number) =>
    new Gauge({
      ...described(name),
      registers: [registry],
      async collect() {
        for (const [queue, state] of await readQueues()) {
          if (state) this.set({ queue }, pick(state));
          else this.remove({ queue });
        }
      },
    });
  queueGauge('attune_queue_depth', (state) => state.depth);
  queueGauge('attune_queue_age_seconds', (state) => state.ageSeconds);
  new Gauge({
    ...described('attune_process_resident_bytes'),
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  counter('attune_process_cpu_seconds_total', function () {
    const { user, system } = process.cpuUsage();
    this.reset();
    this.inc((user + system) / 1e6);
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    beginCall(rpc) {
      const startedAt = performance.now();
      rpcInFlight.inc({ rpc });
      return (code) => {
        rpcInFlight.dec({ rpc });
        rpcCalls.inc({ rpc, code });
        rpcSeconds.observe({ rpc }, (performance.now() - startedAt) / 1000);
      };
    },
    models: {
      answered(role, model, tokens, latencyMs) {
        modelCalls.inc({ role, model, status: 'ok' });
        modelSeconds.observe({ role, model }, latencyMs / 1000);
        modelTokens.inc({ role, model, kind: 'prompt' }, tokens.promptTokens);
        modelTokens.inc({ role, model, kind: 'completion' }, tokens.completionTokens);
        modelTokens.inc({ role, model, kind: 'cached_prompt' }, tokens.cachedPromptTokens);
      },
      retried: (role, model) => modelRetries.inc({ role, model }),
      failed: (role, model, code) => modelCalls.inc({ role, model, status: code }),
      hit: (role, model) => modelCalls.inc({ role, model, status: 'cached' }),
    },
    watchQueue: (queue, read) => void queues.set(queue, read),
    watchRun(bus, name) {
      bus.subscribe({ name, facts: ['sessionEnded', 'turnCompleted', 'sessionJudged', 'faultSeen'], mode: 'queue' }, async ({ fact }) => {
        if (fact?.$case === 'turnCompleted') {
          const method = fact.value.key?.user?.method ?? '';
          turns.inc({ method });
          turnSeconds.observe({ method }, fact.value.wallMs / 1000);
        } else if (fact?.$case === 'sessionEnded') {
          const { record, wallMs } = fact.value;
          sessions.inc({ method: record?.method ?? '', status: STATUSES[record?.status ?? SessionStatus.UNSPECIFIED] });
          sessionSeconds.observe({ method: record?.method ?? '' }, wallMs / 1000);
        } else if (fact?.$case === 'sessionJudged') {
          verdicts.inc({ stage: fact.value.verdict?.stage?.$case ?? '' });
        } else if (fact?.$case === 'faultSeen') {
          faults.inc({ service: fact.value.service, kind: fact.value.kind });
        }
      });
    },
  };
}

/** Null when the queue cannot be read soon: what else stands on the page is wanted most when a server is away. */
async function inTime(read: ReadQueue): Promise<QueueState | null> {
  const late = new AbortController();
  try {
    return await Promise.race([read(), sleep(QUEUE_MS, null, { signal: late.signal })]);
  } catch {
    return null;
  } finally {
    late.abort();
  }
}

const QUEUE_MS = 3_000;

/** From a fast simulated call to the deadline of a slow one, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

const STATUSES: Record<SessionStatus, string> = {
  [SessionStatus.UNSPECIFIED]: 'unspecified',
  [SessionStatus.OK]: 'ok',
  [SessionStatus.TIMEOUT]: 'timeout',
  [SessionStatus.SIM_ERROR]: 'sim_error',
  [SessionStatus.AGENT_ERROR]: 'agent_error',
  [SessionStatus.FORGOTTEN]: 'forgotten',
  [SessionStatus.UNRECOGNIZED]: 'unspecified',
};

function described(name: MetricName): { name: string; help: string; labelNames: string[] } {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels] };
}

export interface Metrics {
  readonly contentType: string;
  /** The page that Prometheus reads. */
  text(): Promise<string>;
  /** Notes that a call of a service began; what it returns notes the end, with `ok` or the code of the error. */
  beginCall(rpc: string): (code: string) => void;
  /** Told of every model call. */
  readonly models: ModelObserver;
  /** Shows a queue; `read` is asked at every scrape, and one that cannot be read is left out. */
  watchQueue(name: string, read: ReadQueue): void;
  /** Counts what a run tells over its bus, under a subscription of this name. */
  watchRun(bus: Bus, name: string): void;
}

/** How many entries wait, and how long the oldest has, in seconds. */
interface QueueState {
  depth: number;
  ageSeconds: number;
}

type ReadQueue = () => QueueState | Promise<QueueState>;
