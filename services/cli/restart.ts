import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { AttuneError } from '../platform/errors.ts';

/** Restarts somebody's server by a command, and returns when `ask` is answered again. What the command prints goes to standard error. */
export async function restartBy(command: string, ask: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 2, 2], signal });
    child.on('error', reject);
    // Not "close": a server that the command leaves running keeps its output open.
    child.on('exit', resolve);
  });
  if (code !== 0) throw new AttuneError('failed_precondition', `The restart command should end with 0, found ${code}.`);
  for (const until = Date.now() + RESTART_MS; ; ) {
    try {
      await ask();
      return;
    } catch (cause) {
      if (Date.now() > until) throw new AttuneError('unavailable', `The server should answer within ${RESTART_MS / 1000} s after its restart.`, { cause });
      await setTimeout(100, undefined, { signal });
    }
  }
}

/** What a server may take to start, in milliseconds. */
const RESTART_MS = 60_000;
