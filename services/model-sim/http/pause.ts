import type { ServerResponse } from 'node:http';

/** Waits, but no longer than the client does: resolves false at once when the connection closes, so no timer outlives its request. */
export function pause(response: ServerResponse, ms: number): Promise<boolean> {
  if (ms <= 0) return Promise.resolve(!response.destroyed);
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const finish = (open: boolean): void => {
      clearTimeout(timer);
      response.off('close', closed);
      resolve(open);
    };
    const closed = (): void => finish(false);
    const timer = setTimeout(() => finish(true), ms);
    response.once('close', closed);
  });
}

export function firstTokenMs(latency: Latency): number {
  return 'fixedMs' in latency ? latency.fixedMs : latency.ttftMs;
}

export function perTokenMs(latency: Latency): number {
  return 'fixedMs' in latency ? 0 : latency.perTokenMs;
}

/** Milliseconds: the whole time of a call, or the time to the first token and then per token. */
export type Latency = { readonly fixedMs: number } | { readonly ttftMs: number; readonly perTokenMs: number };
