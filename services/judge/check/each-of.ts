/** Does something with every item, at most `concurrency` at once, and gives the results in the items' order. The first failure ends it. */
export async function eachOf<T, R>(items: readonly T[], { concurrency, signal, onDone }: EachOptions, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      signal?.throwIfAborted();
      const index = next++;
      results[index] = await work(items[index]!, index);
      onDone?.();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  } catch (error) {
    next = items.length;
    throw error;
  }
  return results;
}

export interface EachOptions {
  concurrency: number;
  signal?: AbortSignal | undefined;
  onDone?: (() => void) | undefined;
}
