/** Who waits, first come, first served; leaving the line costs no search. */
export class Line {
  first: Waiter | undefined;
  length = 0;
  #last: Waiter | undefined;

  add(waiter: Waiter): void {
    waiter.before = this.#last;
    waiter.after = undefined;
    if (this.#last) this.#last.after = waiter;
    else this.first = waiter;
    this.#last = waiter;
    this.length += 1;
  }

  remove(waiter: Waiter): void {
    if (waiter.before) waiter.before.after = waiter.after;
    else this.first = waiter.after;
    if (waiter.after) waiter.after.before = waiter.before;
    else this.#last = waiter.before;
    this.length -= 1;
  }
}

export interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  /** When it came, in milliseconds of the clock of its line. */
  readonly since: number;
  serve(): void;
}
