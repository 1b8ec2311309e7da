import { AttuneError } from '../errors.ts';
import { createLedger } from './accounting.ts';
import { createResponseCache } from './cache.ts';
import { checkEndpoint } from './check.ts';
import { createModelClient } from './client.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { createRerankRoute, type RerankRoute } from './rerank.ts';
import { createStructuredMode, type StructuredMode } from './structured-mode.ts';
import type { ModelHub, ModelHubConfig } from './types.ts';

/**
 * The one way to models: all clients of an endpoint share its connections and its limit, all roles share the cache and the ledger. Throws
 * `invalid_argument` when a URL, a key or a number cannot be used. A process has one hub; a service that closes closes it.
 */
export function createModelHub(config: ModelHubConfig): ModelHub {
  const { deadlineMs = 120_000, retries = 3, retryBaseMs = 1_000, log, prices = {} } = config;
  const canary = { everyMs: 15_000, deadlineMs: 30_000, againMs: 1_000, ...config.canary };
  const endpoints = new Map<string, Endpoint>();
  for (const [name, endpoint] of Object.entries(config.endpoints)) endpoints.set(name, createEndpoint(name, endpoint, { retries, retryBaseMs, canary, mayAsk: config.mayAsk, log }));
  const cache = config.cache.mode === 'off' ? undefined : createResponseCache(config.cache);
  const ledger = createLedger(prices, config.observer);
  const uncounted = new Set<string>();
  const modes = new Map<string, StructuredMode>();
  const rerankRoutes = new Map<string, RerankRoute>();

  function endpointOf(name: string): Endpoint {
    const endpoint = endpoints.get(name);
    if (endpoint) return endpoint;
    throw unknownEndpoint(name);
  }

  function modeOf(endpoint: string, model: string): StructuredMode {
    const key = JSON.stringify([endpoint, model]);
    const known = modes.get(key) ?? createStructuredMode({ endpoint, model }, { replaying: config.cache.mode === 'replay-only', log });
    modes.set(key, known);
    return known;
  }

  function rerankRouteOf(endpoint: string, model: string): RerankRoute {
    const key = JSON.stringify([endpoint, model]);
    const known = rerankRoutes.get(key) ?? createRerankRoute({ endpoint, model }, log);
    rerankRoutes.set(key, known);
    return known;
  }

  function unknownEndpoint(name: string): AttuneError {
    return new AttuneError('not_found', `Expected the name of an endpoint (${[...endpoints.keys()].join(', ') || 'none is configured'}), found ${JSON.stringify(name)}; add it to the endpoints or mend the name.`);
  }

  return {
    client(role, { endpoint: name, model, background }) {
      const endpoint = endpointOf(name);
      return createModelClient(
        { role, model, deadlineMs, lane: background ? 'background' : 'normal' },
        {
          endpoint,
          cache: config.endpoints[name]!.uncached ? undefined : cache,
          account: ledger.account(role, model),
          embeddingsFormat: config.endpoints[name]!.embeddingsFormat ?? 'float',
          inStructuredMode: modeOf(name, model),
          byRerankRoute: rerankRouteOf(name, model),
          onUncounted(path) {
            const key = `${name} ${model} ${path}`;
            if (uncounted.has(key)) return;
            uncounted.add(key);
            log.warn({ endpoint: name, model, path }, 'the endpoint sends no token usage; tokens are counted with o200k_base instead');
          },
        },
      );
    },
    accounts: () => ledger.list(),
    async check(spec, { signal } = {}) {
      const endpoint = endpoints.get(spec.endpoint);
      return endpoint ? checkEndpoint(endpoint, spec.model, signal) : { ok: false, problem: unknownEndpoint(spec.endpoint).message };
    },
    load: (name) => endpointOf(name).load(),
    async close() {
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
    },
  };
}
