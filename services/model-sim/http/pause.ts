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

/** Time to the first token in milliseconds, then per token; a plain number is the whole time of a call. */
export type Latency = number | { readonly ttftMs: number; readonly perTokenMs: number };

export function firstTokenMs(latency: Latency): number {
  return typeof latency === 'number' ? latency : latency.ttftMs;
}

export function perTokenMs(latency: Latency): number {
  return typeof latency === 'number' ? 0 : latency.perTokenMs;
}
