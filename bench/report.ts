/**
 * How long a report of a large run takes, and how much memory. Run: npm run bench -- report [--sessions 200000] [--keep]
 *
 * Writes an invented run to a temporary folder (seven methods, 30 sessions a user, about six turns and 15 kB a record; 200,000 sessions take some 4 GB of disk) and
 * has `attune report` read it in a process of its own. Bars: 120 seconds of wall time and 2 GiB of resident memory on 2 cores at 200,000 sessions. CPU time is printed
 * beside the wall time, since others on the machine lengthen the second more than the first. --keep leaves the folder and says where it is.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { print, printLoad } from './memory/measure.ts';
import { inventRun } from './report/invent-run.ts';

const { values } = parseArgs({ args: process.argv.slice(2), options: { sessions: { type: 'string', default: '200000' }, keep: { type: 'boolean', default: false } } });
const sessions = Number(values.sessions);
if (!Number.isInteger(sessions) || sessions < 1) throw new RangeError(`--sessions should be a whole number from 1, found ${values.sessions}.`);
const folder = mkdtempSync(join(tmpdir(), 'attune-bench-'));
const run = join(folder, 'run');
try {
  const invented = await inventRun(run, sessions);
  const size = ['sessions.ndjson', 'verdicts.ndjson'].reduce((sum, file) => sum + statSync(join(run, file)).size, 0);
  print(`${invented.sessions.toLocaleString('en')} sessions of ${invented.profiles} profiles, ${(size / 2 ** 30).toFixed(2)} GiB of records`);
  const { seconds, cpu, rss } = await report(run);
  print(`wall time        ${seconds.toFixed(1)} s (bar at 200,000 sessions: 120 s), CPU ${cpu.toFixed(1)} s`);
  print(`resident memory  ${(rss / 2 ** 30).toFixed(2)} GiB at most (bar: 2 GiB)`);
  for (const file of readdirSync(join(run, 'report')).filter((name) => name.includes('.'))) print(`${file}  ${(statSync(join(run, 'report', file)).size / 2 ** 20).toFixed(2)} MiB`);
  printLoad();
} finally {
  if (values.keep) print(`kept in ${run}`);
  else rmSync(folder, { recursive: true });
}

/** `attune report` as a user starts it; its peak memory is what the system noted of it, sampled while it runs where that is told. */
async function report(dir: string): Promise<{ seconds: number; cpu: number; rss: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, ['--max-semi-space-size=64', 'services/cli/attune.mjs', 'report', dir, '--json'], { stdio: ['ignore', 'ignore', 'inherit'] });
  let rss = 0;
  let cpu = 0;
  const look = setInterval(() => {
    rss = Math.max(rss, highWaterOf(child.pid!));
    cpu = cpuOf(child.pid!) ?? cpu;
  }, 100);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(look);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`attune report ended with exit code ${code}.`);
  return { seconds, cpu, rss };
}

/** Bytes; 0 where the system has no /proc. */
function highWaterOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Seconds in user and system mode so far; null once the process has gone. */
function cpuOf(pid: number): number | null {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 and 15 of proc(5), in ticks of a hundredth of a second.
  return fields.length > 12 ? (Number(fields[11]) + Number(fields[12])) / 100 : null;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Gone, or a system without /proc.
    return '';
  }
}
