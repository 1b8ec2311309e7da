/**
 * Lets so many in at once; of those who wait, the one with the most work left goes first, of equals the one who came first. `places` is asked
 * anew each time, so that it may change; when it has grown, call `look`. Work is asked for when somebody comes, and again at `reorder`.
 */
export function createGate(places: () => number): Gate {
  const waiting: Waiter[] = [];
  let inside = 0;
  let arrivals = 0;
  let closed: { reason: unknown } | null = null;

  function look(): void {
    while (waiting.length > 0 && inside < places()) take(waiting).open(enter());
  }

  function enter(): () => void {
    inside += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside -= 1;
      look();
    };
  }

  return {
    async enter(workLeft) {
      if (closed) throw closed.reason;
      if (waiting.length === 0 && inside < places()) return enter();
      return new Promise((open, refuse) => {
        put(waiting, { ask: workLeft, workLeft: workLeft(), arrival: (arrivals += 1), open, refuse });
      });
    },
    look,
    reorder() {
      for (const waiter of waiting) waiter.workLeft = waiter.ask();
      // A sorted list is a heap.
      waiting.sort((one, other) => (isBefore(one, other) ? -1 : 1));
    },
    close(reason) {
      closed = { reason };
      for (const waiter of waiting.splice(0)) waiter.refuse(reason);
    },
    inside: () => inside,
    waiting: () => waiting.length,
  };
}

/** A binary heap, the first to be served on top. */
function put(heap: Waiter[], waiter: Waiter): void {
  let at = heap.push(waiter) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isBefore(waiter, heap[above]!)) break;
    heap[at] = heap[above]!;
    at = above;
  }
  heap[at] = waiter;
}

function take(heap: Waiter[]): Waiter {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
    if (!isBefore(heap[below]!, last)) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = last;
  return top;
}

function isBefore(one: Waiter, other: Waiter): boolean {
  return one.workLeft === other.workLeft ? one.arrival < other.arrival : one.workLeft > other.workLeft;
}

export interface Gate {
  /** Waits for a place; the answer gives it back. */
  enter(workLeft: () => number): Promise<() => void>;
  /** Lets in whoever may enter now. */
  look(): void;
  /** Asks everybody who waits anew how much work is left. */
  reorder(): void;
  /** Refuses those who wait, and everybody after them, with this reason. */
  close(reason: unknown): void;
  inside(): number;
  waiting(): number;
}

interface Waiter {
  ask(): number;
  workLeft: number;
  arrival: number;
  open(leave: () => void): void;
  refuse(reason: unknown): void;
}
