import { setMaxListeners } from 'node:events';
import type { CallOptions } from 'nice-grpc';
import { AttuneError } from '../errors.ts';

/**
 * One call's life: it ends at its deadline or when the caller's signal aborts, even if the other side never answers. Both reach the other
 * side as an abort of `signal`. `end` must be called when the call is over; it frees the timer and the listener.
 */
export function openCall(path: string, options: CallOptions & DeadlineOptions, defaultDeadlineMs: number): OpenCall {
  const remainingMs = remaining(path, options.deadline ?? defaultDeadlineMs);
  const controller = new AbortController();
  let failure: AttuneError | undefined;
  let interrupt: ((error: AttuneError) => void) | undefined;

  function fail(error: AttuneError): void {
    if (failure) return;
    failure = error;
    controller.abort(error);
    interrupt?.(error);
  }
  const cancel = (): void => fail(new AttuneError('cancelled', `The call of ${path} was cancelled.`, { cause: options.signal?.reason as unknown }));
  const expire = (): void => fail(new AttuneError('deadline_exceeded', `The call of ${path} did not finish before its deadline.`));

  const timer = remainingMs > 0 ? setTimeout(expire, remainingMs) : undefined;
  if (options.signal) {
    // One signal may stop a whole run with hundreds of calls in flight; each call removes its listener, so Node's leak warning would be wrong.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener('abort', cancel);
  }
  if (options.signal?.aborted) cancel();
  if (remainingMs <= 0) expire();

  return {
    remainingMs,
    signal: controller.signal,
    async race(work) {
      if (failure) throw failure;
      const running = work();
      try {
        return await new Promise((resolve, reject) => {
          interrupt = reject;
          running.then(resolve, reject);
        });
      } catch (thrown) {
        throw failure ?? readable(path, thrown);
      } finally {
        interrupt = undefined;
      }
    },
    end() {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
    },
    leave() {
      controller.abort(new AttuneError('cancelled', `The caller of ${path} reads no more.`));
    },
  };
}

/** The server, or one behind it, could not be reached or went away. */
export class LostConnection extends AttuneError {
  /** The call was under way: whether it was carried out is not known. Otherwise it was never sent. */
  readonly midCall: boolean;

  constructor(message: string, options: { midCall: boolean; cause: unknown }) {
    super('unavailable', message, { cause: options.cause });
    this.midCall = options.midCall;
  }
}

/** The longest wait that a Node timer and the grpc-timeout header (eight digits of milliseconds) both hold: about 27 hours. */
const MAX_DEADLINE_MS = 99_999_999;

function remaining(path: string, deadline: Date | number): number {
  const ms = deadline instanceof Date ? deadline.getTime() - Date.now() : deadline;
  if (!Number.isFinite(ms)) {
    throw new AttuneError('invalid_argument', `The deadline of ${path} should be a Date or milliseconds from now, found ${String(deadline)}.`);
  }
  return Math.min(Math.ceil(ms), MAX_DEADLINE_MS);
}

/** Statuses that the gRPC library makes up itself, in the words that a direct call would use. */
function readable(path: string, thrown: unknown): AttuneError {
  const error = AttuneError.from(thrown);
  if (error.code === 'deadline_exceeded' && error.message === 'Deadline exceeded') {
    return new AttuneError('deadline_exceeded', `The call of ${path} did not finish before its deadline.`, { cause: thrown });
  }
  if (error.code === 'unavailable' && /^(\w+: )?(No connection established|Name resolution failed)/.test(error.message)) {
    return new LostConnection(`No server could be reached for ${path}; start it or correct its address (${error.message}).`, { midCall: false, cause: thrown });
  }
  // The library's "Call cancelled" came from the other side here: a caller's own abort has been told apart before.
  if (/^(Connection dropped|Call cancelled|Stream refused by server|Received RST_STREAM|(read|write|connect) E[A-Z]+)/.test(error.message)) {
    return new LostConnection(`${BROKEN_OFF} ${path} (${error.message}).`, { midCall: true, cause: thrown });
  }
  // A server whose own call was broken off says so in these words.
  if (error.code === 'unavailable' && error.message.startsWith(BROKEN_OFF)) return new LostConnection(error.message, { midCall: true, cause: thrown });
  const oversized = error.code === 'resource_exhausted' ? /^Received message larger than max \((\d+) vs\.? (\d+)\)/.exec(error.message) : null;
  if (oversized) {
    return new AttuneError('resource_exhausted', `The answer of ${path} has ${oversized[1]} bytes; at most ${oversized[2]} are taken.`, { cause: thrown });
  }
  return error;
}

const BROKEN_OFF = 'The server broke off the call of';

/** When a call must be over: milliseconds from now, or a moment. */
export interface DeadlineOptions {
  readonly deadline?: Date | number;
}

export interface OpenCall {
  /** Milliseconds until the deadline when the call was opened; not above 0 when it had passed already. */
  readonly remainingMs: number;
  readonly signal: AbortSignal;
  /** The work's outcome, or the deadline's or the caller's abort if that comes first; always rejects with an AttuneError. One at a time. */
  race<T>(work: () => Promise<T>): Promise<T>;
  end(): void;
  /** Tells the other side that the caller stopped reading a stream. */
  leave(): void;
}
