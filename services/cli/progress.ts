import { MultiBar, Presets } from 'cli-progress';
import type { WriteStream } from 'node:tty';
import type { StartedRun } from '../all-in-one/service.ts';

/** How often a plain line is written when there is no terminal, in milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Shows how far a run is: live bars per method on a terminal, a plain line now and then elsewhere. */
export function showProgress(run: StartedRun, stream: WriteStream): { stop(): void } {
  const counts = createCounts(run);
  return stream.isTTY ? liveBars(counts, stream) : plainLines(counts, stream);
}

function createCounts(run: StartedRun) {
  const perMethod = new Map<string, { done: number; total: number }>();
  for (const trajectory of run.trajectories) {
    const known = perMethod.get(trajectory.method) ?? { done: 0, total: 0 };
    known.total += trajectory.sessions.length;
    known.done += run.doneOf(trajectory);
    perMethod.set(trajectory.method, known);
  }
  const sum = (key: 'done' | 'total') => [...perMethod.values()].reduce((all, count) => all + count[key], 0);
  const before = sum('done');
  const startedAt = performance.now();
  const counts = {
    perMethod,
    tokens: 0,
    failed: 0,
    judged: 0,
    done: () => sum('done'),
    total: sum('total'),
    /** Sessions per second of this execution. */
    rate: () => (sum('done') - before) / Math.max(0.001, (performance.now() - startedAt) / 1000),
  };
  run.bus.subscribe({ name: 'progress', facts: ['turnCompleted', 'sessionEnded', 'sessionJudged'], mode: 'queue' }, async ({ fact }) => {
    if (fact?.$case === 'turnCompleted') counts.tokens += tokensOf(fact.value.usage);
    if (fact?.$case === 'sessionJudged') {
      counts.judged += 1;
      counts.tokens += tokensOf(fact.value.verdict?.usage ?? []);
    }
    if (fact?.$case !== 'sessionEnded' || !fact.value.record) return;
    const method = perMethod.get(fact.value.record.method);
    if (method) method.done += 1;
    if (fact.value.record.error !== '') counts.failed += 1;
  });
  return counts;
}

function liveBars(counts: Counts, stream: WriteStream): { stop(): void } {
  const bars = new MultiBar({ stream, clearOnComplete: false, hideCursor: true, format: '{name} {bar} {value}/{total}', etaBuffer: 50 }, Presets.shades_grey);
  const width = Math.max(...[...counts.perMethod.keys()].map((name) => name.length), 5);
  const rows = [...counts.perMethod].map(([name, count]) => ({ count, bar: bars.create(count.total, count.done, { name: name.padEnd(width) }) }));
  const total = bars.create(counts.total, counts.done(), { name: 'total'.padEnd(width), text: '' }, { format: '{name} {bar} {value}/{total}  {text}' });
  const draw = () => {
    for (const { count, bar } of rows) bar.update(count.done);
    total.update(counts.done(), { text: summary(counts) });
  };
  const timer = setInterval(draw, 200);
  return {
    stop() {
      clearInterval(timer);
      draw();
      bars.stop();
    },
  };
}

function plainLines(counts: Counts, stream: WriteStream): { stop(): void } {
  const write = () => {
    const methods = [...counts.perMethod].map(([name, { done, total }]) => `${name} ${done}/${total}`).join(', ');
    stream.write(`${counts.done()}/${counts.total} sessions (${methods}); ${summary(counts)}\n`);
  };
  const timer = setInterval(write, LINE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      write();
    },
  };
}

function summary(counts: Counts): string {
  const rate = counts.rate();
  const left = counts.total - counts.done();
  const parts = [`${compact(counts.tokens)} tokens`, `${rate.toFixed(rate < 10 ? 1 : 0)} sessions/s`];
  if (left > 0 && rate > 0) parts.push(`${duration(left / rate)} left`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  return parts.join(', ');
}

function tokensOf(usage: readonly { promptTokens: number; completionTokens: number }[]): number {
  return usage.reduce((sum, u) => sum + u.promptTokens + u.completionTokens, 0);
}

function compact(n: number): string {
  return Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(n);
}

function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  if (s < 60) return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

type Counts = ReturnType<typeof createCounts>;
