import { AttuneError } from '../errors.ts';
import { LONGEST_TIMER_MS } from './retry.ts';

/**
 * One signal for everything that can end a call early: the caller's own signal and the deadline. Its reason is the AttuneError to throw.
 * Dispose it when the call is over, else the caller's signal keeps it alive. A class, because one is made for every call and methods on a
 * prototype cost nothing each time.
 */
export class CallControl {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #what: string;
  readonly #deadlineMs: number;
  readonly #caller: AbortSignal | undefined;

  /** `what` is called in the errors; the deadline is in milliseconds from now. */
  constructor(what: string, deadlineMs: number, caller: AbortSignal | undefined) {
    this.#what = what;
    this.#deadlineMs = deadlineMs;
    this.#caller = caller;
    this.#timer = setTimeout(expire, Math.min(deadlineMs, LONGEST_TIMER_MS), this);
    if (caller?.aborted) this.handleEvent();
    else caller?.addEventListener('abort', this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this);
  }

  /** The caller's signal ends the call. */
  handleEvent(): void {
    this.#controller.abort(new AttuneError('cancelled', `The caller took back its call of ${this.#what}.`, { cause: this.#caller?.reason }));
  }

  /** The deadline ends the call. */
  expire(): void {
    const text = `Expected an answer from ${this.#what} within ${this.#deadlineMs} ms, waiting and retries included, found none; lower the load or raise the deadline.`;
    this.#controller.abort(new AttuneError('deadline_exceeded', text));
  }
}

function expire(control: CallControl): void {
  control.expire();
}
