import { AttuneError } from '../../platform/errors.ts';
import type { ModelClient } from '../../platform/models/index.ts';
import type { ProductSettings } from '../config.ts';
import { ADAPTER_LIMITS, type AdapterLimits, type ProductAdapter } from './contract.ts';
import { createGraphiti } from './graphiti/adapter.ts';
import { createLangGraphStore } from './langgraph/adapter.ts';
import { createMem0Hosted } from './mem0/hosted.ts';
import { createMem0SelfHosted } from './mem0/self-hosted.ts';
import { createZep } from './zep/adapter.ts';

/** What `--kind` takes. A method's product has the method's name; mem0 is one method in two kinds. */
export const PRODUCT_KINDS = [
  { kind: 'mem0', method: 'mem0', transport: 'http', needsKey: false, about: "mem0's own server; set MEM0_TELEMETRY=false where it runs" },
  { kind: 'mem0-hosted', method: 'mem0', transport: 'http', needsKey: true, about: "mem0's hosted service, https://api.mem0.ai" },
  { kind: 'zep', method: 'zep', transport: 'http', needsKey: true, about: 'Zep Cloud, https://api.getzep.com/api/v2' },
  { kind: 'graphiti', method: 'graphiti', transport: 'http', needsKey: false, about: "Graphiti's own server; set GRAPHITI_TELEMETRY_ENABLED=false where it runs" },
  { kind: 'langgraph_store', method: 'langgraph_store', transport: 'library', needsKey: false, about: "LangGraph's InMemoryStore in this process, over the run's embedding model" },
] as const;

export type ProductKind = (typeof PRODUCT_KINDS)[number]['kind'];

/** Opens the adapter of one kind. Throws `failed_precondition` when it needs something that is not given. */
export async function openAdapter(kind: ProductKind, place: AdapterPlace, limits: AdapterLimits = ADAPTER_LIMITS): Promise<ProductAdapter> {
  const { embedding, apiKey } = place;
  if (kind === 'langgraph_store') {
    if (!embedding) throw new AttuneError('failed_precondition', 'The product langgraph_store needs an embedding model; set ATTUNE_EMBEDDING_URL and ATTUNE_EMBEDDING_MODEL.');
    return createLangGraphStore({ embedding });
  }
  const url = place.url;
  if (url === undefined) throw new AttuneError('failed_precondition', `The product ${kind} needs the URL of its server; set ${VARIABLES[kind]}_URL.`);
  const key = () => {
    if (apiKey !== undefined) return apiKey;
    throw new AttuneError('failed_precondition', `The product ${kind} needs an API key; set ${VARIABLES[kind]}_API_KEY.`);
  };
  switch (kind) {
    case 'mem0':
      return createMem0SelfHosted({ url, apiKey }, limits);
    case 'mem0-hosted':
      return createMem0Hosted({ url, apiKey: key() }, limits);
    case 'zep':
      return createZep({ url, apiKey: key() }, limits);
    case 'graphiti':
      return createGraphiti({ url }, limits);
  }
}

/** The kind and the place that the settings name for a method's product. Throws `not_found` for a product that is not known. */
export function placeOfProduct(method: string, settings: ProductSettings): { kind: ProductKind; place: Pick<AdapterPlace, 'url' | 'apiKey'> } {
  const { mem0, zep, graphiti } = settings;
  switch (method) {
    case 'mem0':
      return mem0.mode === 'hosted' ? { kind: 'mem0-hosted', place: { ...mem0, url: mem0.url ?? 'https://api.mem0.ai' } } : { kind: 'mem0', place: mem0 };
    case 'zep':
      return { kind: 'zep', place: zep };
    case 'graphiti':
      return { kind: 'graphiti', place: graphiti };
    case 'langgraph_store':
      return { kind: 'langgraph_store', place: {} };
    default:
      throw new AttuneError('not_found', `Unknown memory product "${method}"; the known ones are ${[...new Set(PRODUCT_KINDS.map((one) => one.method))].join(', ')}.`);
  }
}

const VARIABLES: Record<Exclude<ProductKind, 'langgraph_store'>, string> = { mem0: 'ATTUNE_MEM0', 'mem0-hosted': 'ATTUNE_MEM0', zep: 'ATTUNE_ZEP', graphiti: 'ATTUNE_GRAPHITI' };

export interface AdapterPlace {
  url?: string | undefined;
  apiKey?: string | undefined;
  /** For products that leave embedding to us. */
  embedding?: ModelClient | undefined;
}
