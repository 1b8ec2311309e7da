import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { processPlace, processStart } from '../../platform/process-place.ts';
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
  await claim(folder);
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
        await writeFile(join(folder, TABLE), JSON.stringify({ ...owner(), bus: started.places['bus'], processes: started.processes.map((one) => ({ name: one.name, pid: one.pid(), address: one.address, log: one.log })) }, null, 1));
        if (options.run) await runOn(started, options, signal, broken);
        else {
          out.write(`Logs are in ${relative('.', join(folder, 'logs'))}. Run the experiment on them with:\n  attune run ${started.runArgs.join(' ')}\nCtrl-C stops all.\n`);
          await Promise.race([broken, aborted(signal)]);
        }
        isInOrder = process.exitCode === undefined || process.exitCode === 0;
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

/** The run ends before what it needs does, also when that breaks. */
async function runOn(started: StartedProcesses, options: UpOptions, signal: AbortSignal, broken: Promise<never>): Promise<void> {
  const ending = new AbortController();
  const running = run(started, options, AbortSignal.any([signal, ending.signal]));
  try {
    await Promise.race([broken, running]);
  } finally {
    ending.abort();
    await running;
  }
}

/** Two would use one store of streams. What stands in the file is also for scripts. */
async function claim(folder: string): Promise<void> {
  const found = await readFile(join(folder, TABLE), 'utf8').then((text) => JSON.parse(text) as ReturnType<typeof owner>, () => null);
  const { place, started } = found === null ? { place: '', started: '' } : { place: found.place, started: processStart(found.pid) };
  if (found && place === processPlace() && started !== '' && started === found.started) {
    throw new AttuneError('already_exists', `The folder ${folder} is used by process ${found.pid}, which runs attune up; stop that one, or name another folder with --state.`);
  }
  await writeFile(join(folder, TABLE), JSON.stringify(owner()), { mode: 0o600 });
}

function owner(): { pid: number; started: string; place: string } {
  return { pid: process.pid, started: processStart(process.pid), place: processPlace() };
}

/** Names, process ids, addresses and logs, as JSON. */
const TABLE = 'processes.json';

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

interface UpOptions {
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
