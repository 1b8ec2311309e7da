import type { AdapterLimits } from '../../../services/agent/products/contract.ts';
import { readProductSettings, type ProductSettings } from '../../../services/agent/config.ts';
import type { Defect } from './facts.ts';
import { startGraphiti } from './graphiti.ts';
import { startMem0, startMem0Hosted } from './mem0.ts';
import type { ProductStandIn } from './server.ts';
import { startZep } from './zep.ts';

export type { Defect } from './facts.ts';

/** The kinds of products that are servers, each with a stand-in of its wire format. */
export const SERVED_KINDS = ['mem0', 'mem0-hosted', 'zep', 'graphiti'] as const;
export type ServedKind = (typeof SERVED_KINDS)[number];

/** Starts the stand-in of a product; its key is `test-key`, and `pace` is how much of its queue it works off at each look. */
export function startProduct(kind: ServedKind, options: { defect?: Defect | null; pace?: number } = {}): Promise<ProductStandIn> {
  return { mem0: startMem0, 'mem0-hosted': startMem0Hosted, zep: startZep, graphiti: startGraphiti }[kind](options);
}

/** The URL that an adapter of the kind takes. */
export function urlOf(kind: ServedKind, { url }: { url: string }): string {
  return kind === 'zep' ? `${url}/api/v2` : url;
}

/** The environment that leads methods to stand-ins. */
export function productEnv(standIns: Partial<Record<ServedKind, { url: string }>>): Record<string, string> {
  const { mem0, zep, graphiti } = standIns;
  const hosted = standIns['mem0-hosted'];
  return {
    ...(mem0 && { ATTUNE_MEM0_URL: mem0.url, ATTUNE_MEM0_API_KEY: 'test-key' }),
    ...(hosted && { ATTUNE_MEM0_MODE: 'hosted', ATTUNE_MEM0_URL: hosted.url, ATTUNE_MEM0_API_KEY: 'test-key' }),
    ...(zep && { ATTUNE_ZEP_URL: `${zep.url}/api/v2`, ATTUNE_ZEP_API_KEY: 'test-key' }),
    ...(graphiti && { ATTUNE_GRAPHITI_URL: graphiti.url }),
  };
}

export function productSettings(standIns: Partial<Record<ServedKind, { url: string }>>): ProductSettings {
  return readProductSettings(productEnv(standIns));
}

/** Waits short enough for tests. */
export const QUICK: AdapterLimits = { requestMs: 1_000, retries: 3, retryBaseMs: 5, pollMs: 2, settleMs: 5_000, stallMs: 200, doubtMs: 60 };
