import { readEnv } from '../platform/config.ts';
import { listenEnv } from '../platform/service-env.ts';
import { FAULT_KINDS, type FaultKind } from './http/faults.ts';

/**
 * Settings of a simulated model server that runs alone; see `listenEnv` for ATTUNE_HOST, ATTUNE_PORT (8000) and ATTUNE_LOG_LEVEL.
 * ATTUNE_SIM_KNOWLEDGE names problem files that the models know beside the built-in bank, with commas between them.
 * Fault rates are probabilities per call, for example ATTUNE_SIM_FAULT_HTTP_429=0.01.
 */
export function readModelSimConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => {
    const apiKey = env.string('ATTUNE_API_KEY', { optional: true });
    const ttftMs = env.number('ATTUNE_SIM_TTFT_MS', { default: 0, min: 0 });
    const perTokenMs = env.number('ATTUNE_SIM_PER_TOKEN_MS', { default: 0, min: 0 });
    const rates: Partial<Record<FaultKind, number>> = {};
    for (const kind of FAULT_KINDS) {
      const rate = env.number(`ATTUNE_SIM_FAULT_${kind.toUpperCase()}`, { default: 0, min: 0, max: 1 });
      if (rate > 0) rates[kind] = rate;
    }
    return {
      listen: listenEnv(env, 8000),
      seed: env.int('ATTUNE_SEED', { default: 0, min: 0, max: 2 ** 32 - 1 }),
      knowledge: env.list('ATTUNE_SIM_KNOWLEDGE', { optional: true }) ?? [],
      models: env.list('ATTUNE_SIM_MODELS', { default: ['sim-large', 'sim-embedding', 'sim-reranker'] }),
      contextLength: env.int('ATTUNE_SIM_CONTEXT_LENGTH', { default: 16_384, min: 256 }),
      embeddingDimensions: env.int('ATTUNE_SIM_EMBEDDING_DIMENSIONS', { default: 384, min: 8, max: 4096 }),
      latency: { ttftMs, perTokenMs },
      faults: { rates },
      ...(apiKey && { apiKey }),
    };
  });
}
