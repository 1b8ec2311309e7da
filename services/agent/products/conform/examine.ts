import { AttuneError } from '../../../platform/errors.ts';
import type { AdapterLimits, Capabilities, ProductAdapter } from '../contract.ts';
import type { AdapterCheck } from './check.ts';
import { ADAPTER_CHECKS } from './checks.ts';
import { CheckFailed, NotChecked, NotOffered } from './endings.ts';
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
    const users = new Set<string>();
    const results: AdapterResult[] = [];
    for (const check of ADAPTER_CHECKS.filter(({ name }) => name === ADAPTER_CHECKS[0]!.name || (options.checks?.includes(name) ?? true))) {
      results.push(results[0]?.outcome === 'failed' ? resultOf(check, 'not_checked', 'needs a product that finds what it was told') : await make(check, adapter));
      options.onResult?.(results.at(-1)!);
    }
    const notForgotten = await forgetAll(adapter, [...users]);
    const { kind, capabilities } = adapter;
    await adapter.close();
    return { kind, capabilities, results, notForgotten };

    async function make(check: AdapterCheck, subject: ProductAdapter): Promise<AdapterResult> {
      const limitMs = CALLS_PER_CHECK * options.limits.settleMs;
      const overdue = AbortSignal.timeout(limitMs);
      const signal = options.signal ? AbortSignal.any([overdue, options.signal]) : overdue;
      const { restart = null } = options;
      try {
        return resultOf(check, 'passed', await check.run(createExamined({ adapter: subject, scope: `conform-${options.nonce}-${check.name}`, signal, proxy, restart, onUser: (user) => users.add(user) })));
      } catch (thrown) {
        options.signal?.throwIfAborted();
        if (overdue.aborted) return resultOf(check, 'failed', `It was not finished after ${limitMs} ms.`);
        if (thrown instanceof NotOffered) return resultOf(check, 'not_offered', thrown.message);
        if (thrown instanceof NotChecked) return resultOf(check, 'not_checked', thrown.message);
        if (thrown instanceof CheckFailed) return resultOf(check, 'failed', thrown.message);
        const { code, message } = AttuneError.from(thrown);
        return resultOf(check, 'failed', `A call failed with ${code.toUpperCase()}: ${message}`);
      }
    }
  } finally {
    await proxy?.close();
  }

  async function forgetAll(adapter: ProductAdapter, users: readonly string[]): Promise<number> {
    for (const [i, user] of users.entries()) {
      try {
        await adapter.forget(user, { signal: options.signal });
      } catch {
        // The check of forgetting has said why; a product that hangs would keep the command for every user.
        return users.length - i;
      }
    }
    return 0;
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

/** `not_offered`: the product says it does not do this; `not_checked`: the check says nothing this time. */
export interface AdapterResult {
  check: string;
  what: string;
  outcome: 'passed' | 'failed' | 'not_offered' | 'not_checked';
  detail: string;
}

export interface AdapterExamination {
  kind: string;
  capabilities: Capabilities;
  results: AdapterResult[];
  /** Users of the checks that could not be forgotten afterwards. */
  notForgotten: number;
}
