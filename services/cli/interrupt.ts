/**
 * Runs a piece of work that Ctrl-C and SIGTERM can stop: the first signal aborts it so that it can put
 * its things in order, the second ends the process at once.
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping; press Ctrl-C again to stop at once.\n');
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await work(stopping.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
