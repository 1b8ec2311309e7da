import type { Logger } from '../platform/log.ts';
import { createModelHub } from '../platform/models/index.ts';
import type { ModelClient } from '../platform/models/index.ts';
import type { ModelPlace } from '../platform/models/open-roles.ts';

/** Opens the models of a judge that runs alone: one client for each, all of the role `judge`, connections shared where the endpoint is the same. */
export function openPanel(places: readonly ModelPlace[], log: Logger): { panel: ModelClient[]; close(): Promise<void> } {
  const hub = createModelHub({
    endpoints: Object.fromEntries(places.map(({ url, apiKey }) => [url, { baseUrl: url, ...(apiKey && { apiKey }) }])),
    cache: { mode: 'off' },
    log,
  });
  return { panel: places.map(({ url, model }) => hub.client('judge', { endpoint: url, model })), close: () => hub.close() };
}
