import type { Logger } from '../log.ts';
import { createModelHub } from './hub.ts';
import type { ModelClient, ModelObserver } from './types.ts';

/** Where one role's model is. */
export interface ModelPlace {
  /** With the version part: http://host:8000/v1. */
  url: string;
  /** The model's name as the endpoint knows it. */
  model: string;
  apiKey?: string;
}

/**
 * Opens the models of a service that runs alone: one client per role, connections shared where the endpoint is the same. With a folder answers are kept in it, so that
 * a session that is played again after a crash asks nothing twice.
 */
export function openRoles<Role extends string>(places: Record<Role, ModelPlace>, log: Logger, observer?: ModelObserver, cacheDir?: string): OpenRoles<Role> {
  const entries = Object.entries<ModelPlace>(places);
  const hub = createModelHub({
    endpoints: Object.fromEntries(entries.map(([, { url, apiKey }]) => [url, { baseUrl: url, ...(apiKey && { apiKey }) }])),
    cache: cacheDir === undefined ? { mode: 'off' } : { mode: 'read-write', dir: cacheDir },
    log,
    observer,
  });
  return {
    clients: Object.fromEntries(
      entries.map(([role, { url, model }]) => [role, hub.client(role, { endpoint: url, model })]),
    ) as Record<Role, ModelClient>,
    async problem(signal) {
      for (const { url, model } of new Map(entries.map(([, place]) => [`${place.url} ${place.model}`, place])).values()) {
        const found = await hub.check({ endpoint: url, model }, { signal });
        if (!found.ok) return found.problem;
      }
      return null;
    },
    close: () => hub.close(),
  };
}

export interface OpenRoles<Role extends string> {
  clients: Record<Role, ModelClient>;
  /** Asks every endpoint whether it answers and knows its model; one sentence, or null. */
  problem(signal: AbortSignal): Promise<string | null>;
  /** Ends the connections; the service closes it last. */
  close(): Promise<void>;
}
