import { Line, type Waiter } from './line.ts';

/**
 * Two lines before one door. Background calls, which nobody waits for, stand behind the others, but get one place in eight while both lines
 * are there: a session makes about one judge call for every eight of simulator and agent, so judging then keeps pace and is never starved.
 * A background call that has waited for half a minute gets every second place, which bounds how far judging can lag behind.
 */
export class Lanes {
  readonly #normal = new Line();
  readonly #background = new Line();
  /** Normal calls served since the last background call, while one was waiting. */
  #passed = 0;

  get waiting(): number {
    return this.#normal.length + this.#background.length;
  }

  add(waiter: Waiter, lane: Lane): void {
    this.#lineOf(lane).add(waiter);
  }

  remove(waiter: Waiter, lane: Lane): void {
    this.#lineOf(lane).remove(waiter);
  }

  /** Takes out the one whose turn it is at this moment (milliseconds of the waiters' clock). */
  next(now: number): Waiter | undefined {
    const normal = this.#normal.first;
    const background = this.#background.first;
    if (background && (!normal || this.#passed + 1 >= (now - background.since > AGED_MS ? EVERY_WHEN_AGED : EVERY))) {
      this.#passed = 0;
      this.#background.remove(background);
      return background;
    }
    if (!normal) return undefined;
    this.#passed = background ? this.#passed + 1 : 0;
    this.#normal.remove(normal);
    return normal;
  }

  #lineOf(lane: Lane): Line {
    return lane === 'background' ? this.#background : this.#normal;
  }
}

/** One place in so many is a background call's. */
const EVERY = 8;
const EVERY_WHEN_AGED = 2;
const AGED_MS = 30_000;

/** Calls that somebody waits for, and calls that may come after them. */
export type Lane = 'normal' | 'background';
