import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches only us, with its output at the end of a log file. Its standard input is a
 * pipe that we never write to: it closes when we die, however we die.
 */
export function spawnLogged(command: readonly string[], { env, log }: { env: NodeJS.ProcessEnv; log: string }): Spawned {
  const file = openSync(log, 'a', 0o600);
  const from = statSync(log).size;
  const child = spawn(command[0]!, command.slice(1), { env, detached: true, stdio: ['pipe', file, file] });
  const input = child.stdin!;
  closeSync(file);
  input.on('error', () => undefined); // it never reads
  let end: string | null = null;
  const ended = new Promise<string>((resolve) => {
    const tell = (how: string) => {
      end ??= how;
      input.destroy();
      resolve(end);
    };
    child.once('error', (error) => tell(`could not be started (${error.message})`));
    child.once('exit', (code, signal) => tell(signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    how: () => end,
    written: () => textFrom(log, from),
    async stop(graceMs) {
      if (end !== null || child.pid === undefined) return true;
      child.kill('SIGTERM');
      const late = new AbortController();
      const inTime = await Promise.race([ended.then(() => true), sleep(graceMs, false, { signal: late.signal }).catch(() => true)]);
      late.abort();
      if (!inTime) endGroup(child.pid);
      await ended;
      return inTime;
    },
  };
}

/** The process and what it started itself. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}

/** The file from a place on; of a long one only the end. */
function textFrom(path: string, from: number): string {
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const start = Math.max(from, size - MOST_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start));
  } finally {
    closeSync(file);
  }
}

const MOST_BYTES = 256 * 1024;

export interface Spawned {
  readonly pid: number;
  /** How it ended, as in "ended with code 1". */
  readonly ended: Promise<string>;
  /** The same, at once; null while it runs. */
  how(): string | null;
  /** What it wrote so far. */
  written(): string;
  /** SIGTERM, and SIGKILL to the whole group after so long; whether it ended by itself. */
  stop(graceMs: number): Promise<boolean>;
}
