import type { Logger } from '../platform/log.ts';
import { createModelHub } from '../platform/models/index.ts';
import type { ModelClient, ModelObserver } from '../platform/models/index.ts';
import type { ModelPlace } from '../platform/models/open-roles.ts';

/** Opens the models of a judge that runs alone: one client for each, all of the role `judge`, connections shared where the endpoint is the same. */
export function openPanel(places: readonly ModelPlace[], log: Logger, observer?: ModelObserver, cacheDir?: string): Panel {
  const hub = createModelHub({
    endpoints: Object.fromEntries(places.map(({ url, apiKey }) => [url, { baseUrl: url, ...(apiKey && { apiKey }) }])),
    cache: cacheDir === undefined ? { mode: 'off' } : { mode: 'read-write', dir: cacheDir },
    log,
    observer,
  });
  return {
    panel: places.map(({ url, model }) => hub.client('judge', { endpoint: url, model })),
    async problem(signal) {
      for (const { url, model } of places) {
        const found = await hub.check({ endpoint: url, model }, { signal });
        if (!found.ok) return found.problem;
      }
      return null;
    },
    close: () => hub.close(),
  };
}

interface Panel {
  panel: ModelClient[];
  /** Asks every endpoint whether it answers and knows its model; one sentence, or null. */
  problem(signal: AbortSignal): Promise<string | null>;
  close(): Promise<void>;
}
