import { createRandom, seedFrom } from '../random.ts';

/**
 * The wait before another attempt in milliseconds: base, 2 base, 4 base, … each times 0.75 to 1.25, drawn from the request's seed so that a
 * rerun waits the same. A wait that the endpoint asked for replaces it, with up to a quarter of the base on top, lest all come back at once.
 */
export function retryDelayMs({ attempt, baseMs, seed, askedMs }: RetryDelay): number {
  const drawn = createRandom(seedFrom(seed, attempt)).next();
  if (askedMs !== undefined) return askedMs + drawn * baseMs * 0.25;
  return baseMs * 2 ** attempt * (0.75 + drawn * 0.5);
}

/** Waits; an abort ends the wait with the signal's reason. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Node's timers overflow beyond this and fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface RetryDelay {
  /** 0 for the wait before the second attempt. */
  attempt: number;
  baseMs: number;
  seed: number;
  /** The wait that the endpoint asked for. */
  askedMs: number | undefined;
}
