import { AttuneError } from './errors.ts';
import type { Logger } from './log.ts';

/**
 * Runs a program until SIGINT or SIGTERM, then stops its parts, last started first. A main.ts does nothing else:
 *
 * ```ts
 * await runUntilSignal(log, async ({ onStop }) => {
 *   const judge = createJudge(config, deps);
 *   onStop(() => judge.close());
 *   const server = await serve([judge.binding], { port: config.port, log });
 *   onStop(() => server.stop(config.graceMs));
 * });
 * ```
 *
 * When `start` throws, the parts that it had already started are stopped, the reason is logged as one sentence and the exit code is 1; so
 * it is when a part fails to stop (the others are stopped all the same). A second signal exits at once with 128 plus the signal's number.
 * The signal given to `start` aborts at the first signal, so that a slow start can give up.
 */
export async function runUntilSignal(log: Logger, start: (scope: RunScope) => Promise<void>): Promise<void> {
  const stops: (() => unknown)[] = [];
  const aborter = new AbortController();
  let wake: () => void = () => {};
  const signalled = new Promise<void>((resolve) => {
    wake = resolve;
  });

  function onSignal(signal: keyof typeof SIGNALS): void {
    if (aborter.signal.aborted) process.exit(128 + SIGNALS[signal]);
    log.info({ signal }, 'Stopping; a second signal exits at once.');
    aborter.abort(new AttuneError('cancelled', `Stopped by ${signal}.`));
    wake();
  }

  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // A pending promise alone does not keep Node alive; a program whose parts hold no socket would end without being stopped.
  const keepAlive = setInterval(() => {}, 2 ** 30);
  try {
    await start({ onStop: (stop) => stops.push(stop), signal: aborter.signal });
    await signalled;
  } catch (thrown) {
    if (!aborter.signal.aborted) report(log, thrown);
  } finally {
    for (const stop of stops.reverse()) {
      try {
        await stop();
      } catch (thrown) {
        report(log, thrown);
      }
    }
    clearInterval(keepAlive);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15 };

/** What the user can mend is one sentence; only an `internal` error shows its stack. */
function report(log: Logger, thrown: unknown): void {
  const error = AttuneError.from(thrown);
  log.error(error.code === 'internal' ? { err: error.cause ?? error, code: error.code } : { code: error.code }, error.message);
  process.exitCode = 1;
}

export interface RunScope {
  /** Registers how to stop a part that was just started. */
  onStop(stop: () => unknown): void;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}
