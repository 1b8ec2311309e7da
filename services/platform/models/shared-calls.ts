import { AttuneError } from '../errors.ts';

/**
 * Lets callers that ask the same at the same time share one piece of work. A caller who leaves (its signal ends) gets its signal's reason and
 * disturbs nobody; the work is ended when the last one has left. What fails, fails for all who wait.
 */
export function createSharedCalls(): SharedCalls {
  const underWay = new Map<string, Work>();

  function start(key: string, work: (signal: AbortSignal) => Promise<unknown>): Work {
    const controller = new AbortController();
    const made: Work = {
      waiting: 0,
      controller,
      result: work(controller.signal).finally(() => {
        if (underWay.get(key) === made) underWay.delete(key);
      }),
    };
    // Everybody may have left when it fails.
    made.result.catch(() => undefined);
    underWay.set(key, made);
    return made;
  }

  function leave(key: string, work: Work): void {
    work.waiting -= 1;
    if (work.waiting > 0 || underWay.get(key) !== work) return;
    underWay.delete(key);
    work.controller.abort(new AttuneError('cancelled', 'Nobody waits for this answer any more.'));
  }

  return {
    async run<T>(key: string, make: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) {
      if (signal.aborted) throw signal.reason;
      const found = underWay.get(key);
      const work = found ?? start(key, make);
      work.waiting += 1;
      const value = await new Promise<T>((resolve, reject) => {
        function stop(): void {
          leave(key, work);
          reject(signal.reason as Error);
        }
        signal.addEventListener('abort', stop, { once: true });
        const settle = (): void => signal.removeEventListener('abort', stop);
        work.result.then(
          (result) => {
            settle();
            resolve(result as T);
          },
          (error: unknown) => {
            settle();
            reject(AttuneError.from(error));
          },
        );
      });
      return { value, joined: found !== undefined };
    },
  };
}

export interface SharedCalls {
  /** Runs the work, or joins the work under way with the same key. */
  run<T>(key: string, make: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<{ value: T; joined: boolean }>;
}

interface Work {
  waiting: number;
  controller: AbortController;
  result: Promise<unknown>;
}
