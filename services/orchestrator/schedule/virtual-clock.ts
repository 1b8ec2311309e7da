/** Time that passes only when nothing else is left to do, for tests of schedules: hours in a moment, and the same each time. */
export function createVirtualClock(): VirtualClock {
  const sleepers: { at: number; order: number; wake: () => void }[] = [];
  let now = 0;
  let order = 0;
  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        const sleeper = { at: now + ms, order: (order += 1), wake };
        let low = 0;
        let high = sleepers.length;
        // Latest first, so that the next one is taken off the end.
        while (low < high) {
          const middle = (low + high) >> 1;
          if (sleepers[middle]!.at > sleeper.at) low = middle + 1;
          else high = middle;
        }
        sleepers.splice(low, 0, sleeper);
      }),
    async passUntil(done) {
      let isDone = false;
      const settled = done.finally(() => {
        isDone = true;
      });
      settled.catch(() => undefined);
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isDone) return settled;
        const next = sleepers.pop();
        if (!next) throw new Error('Nothing is asleep, and yet it is not done.');
        now = next.at;
        next.wake();
      }
    },
  };
}

interface VirtualClock {
  /** Milliseconds since it was made. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Lets time pass until a promise is settled, and gives its outcome. */
  passUntil<T>(done: Promise<T>): Promise<T>;
}
