import { AttuneError } from '../../platform/errors.ts';
import { UncertainError } from '../../platform/http-json.ts';
import { pause } from '../../platform/models/retry.ts';
import type { AdapterLimits, ProductCall } from './contract.ts';

/** Looks until `look` says true, soon at first and then every `pollMs`, at most `limitMs`; returns how often it looked, or null when the time was over. */
export async function lookUntil(look: () => Promise<boolean>, limitMs: number, { pollMs }: Pick<AdapterLimits, 'pollMs'>, { signal }: ProductCall): Promise<number | null> {
  const until = performance.now() + limitMs;
  for (let looks = 1; ; looks += 1) {
    if (await look()) return looks;
    const waitMs = Math.min(pollMs, (pollMs / SOON) * 2 ** looks);
    if (performance.now() + waitMs > until) return null;
    await pause(waitMs, signal ?? NEVER);
  }
}

/** Looks until the product finds nothing of a user twice in a row: deletions are queued, and work that was queued before one may end after it. */
export async function untilGone(user: string, isGone: () => Promise<boolean>, limits: AdapterLimits, call: ProductCall): Promise<number> {
  let inARow = 0;
  const probes = await lookUntil(async () => {
    inARow = (await isGone()) ? inARow + 1 : 0;
    return inARow === 2;
  }, limits.settleMs, limits, call);
  if (probes !== null) return probes;
  throw new AttuneError('failed_precondition', `The product should find nothing of ${user} after forgetting it, found memories still after ${limits.settleMs} ms; delete that user in the product by hand.`);
}

/**
 * Sends a write that must arrive once. After a failure that leaves open whether it arrived, looks for it for a while, and sends it again only when it is not there.
 * A product that is slower than `doubtMs` may still keep it twice.
 */
export async function sendOnce(send: () => Promise<void>, arrived: () => Promise<boolean>, limits: AdapterLimits, call: ProductCall): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await send();
      return;
    } catch (thrown) {
      if (!(thrown instanceof UncertainError) || call.signal?.aborted) throw thrown;
      if ((await lookUntil(arrived, limits.doubtMs, limits, call)) !== null) return;
      if (attempt >= limits.retries) throw thrown;
    }
  }
}

/** The second look comes after a sixteenth of `pollMs`. */
const SOON = 32;

const NEVER = new AbortController().signal;
