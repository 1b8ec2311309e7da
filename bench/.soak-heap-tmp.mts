import { writeHeapSnapshot } from 'node:v8';
/**
 * Whether memory stays flat over a very long run. Run: npm run bench -- soak [--sessions 20000] [--turns 1]
 *
 * Runs so many sessions of the fastest simulated kind (vanilla, 20 sessions a user, one message a session, three preferences) in this process, with the simulated
 * model server, the judge and the recorder of the run folder in it. Looks at resident memory, live heap (after a collection) and open handles each 100 sessions. The first
 * tenth is warm-up; then the median of the first quarter is compared with that of the last. Fails, with exit code 1, on growth of resident memory of 10 % or more, on more
 * handles at the end than before the run, and on any warning about listeners. A heap that grows while resident memory does not is printed and does not fail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runInNewContext } from 'node:vm';
import { runExperiment } from '/work/main/services/all-in-one/service.ts';
import { parseExperiment } from '/work/main/services/orchestrator/service.ts';
import { createLogger } from '/work/main/services/platform/log.ts';
import { print, printLoad } from '/work/main/bench/memory/measure.ts';

const { values } = parseArgs({ args: process.argv.slice(2), options: { sessions: { type: 'string', default: '20000' }, turns: { type: 'string', default: '1' } } });
const wanted = Number(values.sessions);
const maxTurns = Number(values.turns);
if (!Number.isInteger(wanted) || wanted < 1_000) throw new RangeError(`--sessions should be a whole number from 1000, found ${values.sessions}.`);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

/** Sessions of one user. */
const EACH = 20;
/** Sessions between two looks. */
const STEP = 100;
/** Connections that were let go take a moment to close, in milliseconds. */
const SETTLE_MS = 2_000;
const folder = mkdtempSync(join(tmpdir(), 'attune-soak-'));
const experiment = parseExperiment(
  { name: 'soak', seed: 5, methods: ['vanilla'], profiles: { limit: Math.ceil(wanted / EACH), preferencesEach: 3 }, sessions: EACH, maxTurns, attempts: 1, concurrency: 32, probes: { rate: 0 } },
  'the soak',
);
const samples: Sample[] = [];
const handlesBefore = countHandles();
const log = createLogger({ name: 'soak', level: 'error' });
const start = performance.now();
const cpuBefore = process.cpuUsage();
try {
  let ended = 0;
  const { sessions, failed, unjudged } = await runExperiment(
    { experiment, out: join(folder, 'run') },
    {
      secrets: {},
      wire: false,
      log,
      signal: new AbortController().signal,
      report: false,
      onStart({ bus }) {
        bus.subscribe({ name: 'soak', facts: ['sessionEnded'], mode: 'queue', concurrency: 1 }, async () => {
          ended += 1;
          if (ended % STEP !== 0) return;
          collect(); if (ended === 1000 || ended === 3000) { writeHeapSnapshot(join('/tmp/soak-RtNJ', 'heap-'+ended+'.heapsnapshot')); }
          const { rss, heapUsed, external } = process.memoryUsage();
          samples.push({ sessions: ended, rss, heap: heapUsed, external, handles: process.getActiveResourcesInfo().length });
          if (ended % (STEP * 10) === 0) print(`${String(ended).padStart(6)} sessions  rss ${mib(rss)}  heap ${mib(heapUsed)}  external ${mib(external)}  handles ${samples.at(-1)!.handles}  ${(performance.now() - start).toFixed(0)} ms`);
        });
      },
    },
  );
  if (failed.count > 0 || unjudged > 0) throw new Error(`${failed.count} sessions failed (${failed.first}) and ${unjudged} verdicts are missing.`);
  const { user, system } = process.cpuUsage(cpuBefore);
  print(`${sessions.toLocaleString('en')} sessions in ${((performance.now() - start) / 1_000).toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} s of CPU`);
} finally {
  rmSync(folder, { recursive: true });
}
await sleep(SETTLE_MS);

const rested = samples.slice(Math.floor(samples.length / 10));
const quarter = Math.floor(rested.length / 4);
const [first, last] = [rested.slice(0, quarter), rested.slice(-quarter)];
const growth = (of: (sample: Sample) => number) => median(last.map(of)) / median(first.map(of)) - 1;
for (const [name, of] of [['rss', (s: Sample) => s.rss], ['heap', (s: Sample) => s.heap]] as const) {
  print(`${name.padEnd(5)} median of the first quarter ${mib(median(first.map(of)))}, of the last ${mib(median(last.map(of)))}: ${(100 * growth(of)).toFixed(1)} %`);
}
const handlesAfter = countHandles();
const leaked = Object.entries(handlesAfter).filter(([kind, count]) => count > (handlesBefore[kind] ?? 0));
print(`handles: ${JSON.stringify(handlesBefore)} before, ${JSON.stringify(handlesAfter)} after; at most ${Math.max(...samples.map(({ handles }) => handles))} during the run`);
print(`warnings: ${warnings.length === 0 ? 'none' : warnings.join('; ')}`);
printLoad();
const problems = [
  ...(growth(({ rss }) => rss) >= 0.1 ? ['resident memory grows'] : []),
  ...(leaked.length > 0 ? [`handles are left: ${leaked.map(([kind, count]) => `${count} ${kind}`).join(', ')}`] : []),
  ...(warnings.some((text) => text.includes('MaxListeners')) ? ['listeners pile up'] : []),
];
print(problems.length === 0 ? 'memory is flat' : `NOT flat: ${problems.join('; ')}`);
if (problems.length > 0) process.exitCode = 1;

/** Handles of this process by kind; timers and pipes of the terminal among them. */
function countHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

interface Sample {
  sessions: number;
  rss: number;
  heap: number;
  external: number;
  handles: number;
}
