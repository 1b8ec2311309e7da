import { endingOf, forgetAll, type Ending } from '../../../platform/examine.ts';
import type { AdapterLimits, Capabilities, ProductAdapter } from '../contract.ts';
import type { AdapterCheck } from './check.ts';
import { ADAPTER_CHECKS } from './checks.ts';
import { createExamined } from './examined.ts';
import { startFaultProxy } from './fault-proxy.ts';

/**
 * Examines an adapter and the product behind it, one check after another, and forgets the checks' users in the end. Whatever they do becomes a result; only what `open`
 * throws and `cancelled` are thrown. A product with a URL is reached through a proxy that counts the requests and breaks some.
 */
export async function examineAdapter(options: ExamineAdapterOptions): Promise<AdapterExamination> {
  const proxy = options.url === undefined ? null : await startFaultProxy(new URL(options.url));
  try {
    const adapter = await options.open(proxy?.url);
    const { restart = null, signal } = options;
    const make = async (check: AdapterCheck): Promise<AdapterResult> => {
      const scope = `conform-${options.nonce}-${check.name}`;
      const examined = (limited: AbortSignal) => createExamined({ adapter, scope, signal: limited, proxy, restart, onUser: (user) => users.add(user) });
      const { outcome, detail } = await endingOf((limited) => check.run(examined(limited)), { limitMs: CALLS_PER_CHECK * options.limits.settleMs, signal });
      return resultOf(check, outcome, detail);
    };
    const users = new Set<string>();
    const results: AdapterResult[] = [];
    for (const check of ADAPTER_CHECKS.filter(({ name }) => name === ADAPTER_CHECKS[0]!.name || (options.checks?.includes(name) ?? true))) {
      results.push(results[0]?.outcome === 'failed' ? resultOf(check, 'not_checked', 'needs a product that finds what it was told') : await make(check));
      options.onResult?.(results.at(-1)!);
    }
    const notForgotten = await forgetAll([...users], (user) => adapter.forget(user, { signal }));
    const { kind, capabilities } = adapter;
    await adapter.close();
    return { kind, capabilities, results, notForgotten };
  } finally {
    await proxy?.close();
  }
}

function resultOf({ name, what }: AdapterCheck, outcome: AdapterResult['outcome'], detail: string): AdapterResult {
  return { check: name, what, outcome, detail };
}

/** A check may take as long as so many waits for indexing. */
const CALLS_PER_CHECK = 10;

export interface ExamineAdapterOptions {
  /** The product's URL; left out for a library. */
  url?: string;
  /** Opens the adapter on the URL that it is to use. */
  open(url: string | undefined): Promise<ProductAdapter>;
  limits: Pick<AdapterLimits, 'settleMs'>;
  /** Only the first check and these, by name; all unless told. */
  checks?: readonly string[];
  /** Part of every user's id; a new one each time. Letters and digits. */
  nonce: string;
  /** Restarts the product and returns when it answers again. */
  restart?: () => Promise<void>;
  signal?: AbortSignal;
  onResult?: (result: AdapterResult) => void;
}

export interface AdapterResult extends Ending {
  check: string;
  what: string;
}

export interface AdapterExamination {
  kind: string;
  capabilities: Capabilities;
  results: AdapterResult[];
  /** Users of the checks that could not be forgotten afterwards. */
  notForgotten: number;
}
