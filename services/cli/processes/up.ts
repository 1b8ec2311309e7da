import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Experiment } from '../../orchestrator/service.ts';
import type { AttuneError } from '../../platform/errors.ts';
import { environment } from '../config.ts';
import { untilInterrupted } from '../interrupt.ts';
import { createPlainLog } from '../plain-log.ts';
import { TIED } from '../tied.ts';
import { ATTUNE, startAll } from './start-all.ts';
import type { StartedProcesses } from './start-all.ts';

/**
 * Every service of an experiment in a process of its own, until Ctrl-C, or until a run on them has ended. A process that ends by itself is told of and started again; when
 * that does not help, everything stops and the command fails.
 */
export async function upProcesses(experiment: Experiment, options: UpOptions): Promise<void> {
  const folder = options.state === undefined ? await mkdtemp(join(tmpdir(), 'attune-up-')) : resolve(options.state);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  let isInOrder = false;
  try {
    await untilInterrupted(async (signal) => {
      let giveUp: (error: AttuneError) => void = () => {};
      const broken = new Promise<never>((_, reject) => (giveUp = reject));
      broken.catch(() => undefined);
      const started = await startAll(experiment, {
        ...options,
        folder,
        secrets: environment(),
        log: createPlainLog({ debug: options.debug }),
        signal,
        onDeath: tell,
        onReturn: tell,
        onGiveUp: giveUp,
      });
      try {
        const out = options.run ? process.stderr : process.stdout;
        out.write(tableOf(started));
        if (options.run) await Promise.race([broken, run(started, options, signal)]);
        else {
          out.write(`Logs are in ${relative('.', join(folder, 'logs'))}. Run the experiment on them with:\n  attune run ${started.runArgs.join(' ')}\nCtrl-C stops all.\n`);
          await Promise.race([broken, aborted(signal)]);
        }
        isInOrder = true;
      } finally {
        const killed = await started.stop();
        if (killed.length > 0) tell(`Not stopped in time, and killed: ${killed.join(', ')}.`);
      }
    });
  } finally {
    if (options.state === undefined && isInOrder) await rm(folder, { recursive: true, force: true });
    else if (options.state === undefined) tell(`The logs are in ${join(folder, 'logs')}.`);
  }
}

/** `attune run` as one more process; its exit code is ours. */
async function run({ runArgs, runEnv }: StartedProcesses, { out, json }: UpOptions, signal: AbortSignal): Promise<void> {
  const args = [...runArgs, ...(out === undefined ? [] : ['--out', out, '--go-on']), ...(json ? ['--json'] : [])];
  // A group of its own: Ctrl-C reaches us alone, and it is we who stop the run before what it needs.
  const child = spawn(ATTUNE[0]!, [...ATTUNE.slice(1), TIED, 'run', ...args], { env: runEnv, detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    process.exitCode = code ?? 1;
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill('SIGTERM');
  }
}

function tableOf({ processes, places }: StartedProcesses): string {
  const rows = processes.map((one) => [one.name, String(one.pid()), one.address === '' ? `takes work from ${places['bus']}` : (ADDRESSES[one.name]?.(places) ?? one.address)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length), HEADER[column]!.length));
  return [HEADER, ...rows].map((row) => `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padStart(widths[1]!)}  ${row[2]}\n`).join('');
}

const HEADER = ['name', 'process', 'address'];
const ADDRESSES: Record<string, (places: StartedProcesses['places']) => string | undefined> = { nats: (places) => places['bus'], 'model-sim': (places) => places['model-sim'] };

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export interface UpOptions {
  /** Where state and logs are kept; without it they go when all has ended well. */
  state: string | undefined;
  bus: string | undefined;
  judges: number;
  runners: number;
  /** Run the experiment on them and end. */
  run: boolean;
  /** The run's folder. */
  out: string | undefined;
  json: boolean;
  debug: boolean;
}
