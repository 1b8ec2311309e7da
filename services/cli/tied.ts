/** The first argument of a process that must not outlive the one that started it. */
export const TIED = '--tied';

/**
 * Ends this process, as SIGTERM would, when its standard input ends: a program that starts others holds the other end, and the system closes it however that program
 * dies. What is not in order after half a minute is left as it is.
 */
export function endWithInput(): void {
  process.stdin.once('close', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORDER_MS).unref();
  });
  process.stdin.on('error', () => undefined); // a broken pipe closes too
  process.stdin.resume();
  if ('unref' in process.stdin) process.stdin.unref();
}

const ORDER_MS = 30_000;
