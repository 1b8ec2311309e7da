import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the `attune` command as a user would, in a process of its own. */
export function startAttune(args: readonly string[], options: StartOptions = {}): StartedAttune {
  const child = spawn(process.execPath, [options.cli ?? join(ROOT, 'services/cli/attune.mjs'), ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ATTUNE_API_KEY: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out.stderr += text));
  const done = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...out }));
  });
  return { child, done, out };
}

/** Runs the command to its end. */
export function attune(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return startAttune(args, options).done;
}

/** A folder that is removed when its scope ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'attune-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The lines of a record file, sorted, for comparing runs whose records came in another order. */
export function sortedLines(run: string, file: 'sessions.ndjson' | 'verdicts.ndjson'): string[] {
  return readFileSync(join(run, file), 'utf8').split('\n').filter((line) => line !== '').sort();
}

/** How many recorded sessions hold a message that carries the probe and a reply to it. */
export function answeredProbes(run: string): number {
  const sessions = sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { turns: { user: { probePlanted: boolean }; agent?: object }[] });
  return sessions.filter(({ turns }) => turns.some(({ user, agent }) => user.probePlanted && agent)).length;
}

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The program of another checkout. */
  cli?: string;
}

export interface StartedAttune {
  child: ChildProcess;
  done: Promise<Finished>;
  /** What was written so far. */
  out: { stdout: string; stderr: string };
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}
