import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { createMind } from './dispatch.ts';
import { createFaults, type FaultConfig } from './http/faults.ts';
import { createHandler } from './http/handler.ts';
import { createMetrics } from './http/metrics.ts';
import type { Latency } from './http/pause.ts';
import { createKnowledge } from './knowledge.ts';

export { readModelSimConfig } from './config.ts';
export type { FaultConfig, FaultKind } from './http/faults.ts';
export type { Latency } from './http/pause.ts';

/**
 * A model server with the OpenAI API that needs no weights: it acts on what stands in the prompt, with seeded chance and the rates in
 * parameters.ts. Numbers made with it say nothing about real models. Whoever calls listen() closes it with close().
 */
export function createModelSim(config: ModelSimConfig): ModelSim {
  const models = config.models?.length ? config.models : ['attune-sim'];
  const handler = createHandler({
    models,
    apiKey: config.apiKey,
    contextLength: config.contextLength ?? 16_384,
    embeddingDimensions: config.embeddingDimensions ?? 384,
    latency: config.latency ?? { fixedMs: 0 },
    faults: createFaults(config.faults ?? {}, config.seed),
    metrics: createMetrics(),
    think: createMind(config.seed, createKnowledge(config.knowledge)),
    log: config.log,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => void handler(request, response));

  return {
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      await new Promise<void>((resolve, reject) => {
        const failed = (error: Error): void => reject(new AttuneError('unavailable', `The simulated model server cannot listen on ${host}:${port}: ${error.message}.`, { cause: error }));
        server.once('error', failed);
        server.listen(port, host, () => {
          server.off('error', failed);
          resolve();
        });
      });
      const { port: bound } = server.address() as AddressInfo;
      const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      return { url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${bound}/v1`, port: bound };
    },
    async close() {
      if (!server.listening) return;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Longer than clients keep idle connections, so that no call meets a socket that is just being closed. */
const KEEP_ALIVE_MS = 120_000;

export interface ModelSimConfig {
  /** Everything by chance follows from this and from the requests' own seeds. */
  readonly seed: number;
  /** Problems that the simulated agent may be able to solve. */
  readonly knowledge: readonly Problem[];
  /** How long answers take; no wait unless told. */
  readonly latency?: Latency;
  readonly faults?: FaultConfig;
  /** When set, every route but /health, /ready and /metrics wants it as a bearer token. */
  readonly apiKey?: string | undefined;
  /** Names that are known; any other gets a 404. ["attune-sim"] unless told; every name plays every role. */
  readonly models?: readonly string[];
  /** Tokens of prompt and answer together; 16,384 unless told. */
  readonly contextLength?: number;
  /** 384 unless told or the request asks for another number. */
  readonly embeddingDimensions?: number;
  readonly log?: Pick<Logger, 'debug' | 'error'> | undefined;
}

export interface ModelSim {
  /** Port 0 lets the system choose. Throws `unavailable` when the port is taken. */
  listen(options?: { host?: string; port?: number }): Promise<{ url: string; port: number }>;
  /** Ends all connections, also those with a call in progress. */
  close(): Promise<void>;
}
