import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ROOT } from './attune.ts';

/** Runs a TypeScript file of this repository, or of a copy of it, in a process of its own; returns what it wrote on standard output. */
export async function startNode(file: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', resolve(ROOT, file), ...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await new Promise((done) => child.on('close', done));
  return out;
}
