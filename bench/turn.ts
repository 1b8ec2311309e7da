/**
 * How much of the time a run takes is the models' and how much is ours. Run: npm run bench -- turn [--quick] [--rounds n] [--sessions 50,100]
 *
 * A mock model server in another process answers every call after 200 ms. N sessions of 5 turns start at once, one for each of N users of the
 * method vanilla. Efficiency = ideal wall time / wall time. The ideal is the longest chain of calls of one session: user and agent in each of
 * 5 turns are 10, the final draft is 1, the judge's two calls are made together and count as 1, so 12 calls x 200 ms = 2.4 s, whatever N is.
 *
 * The reference is a toy that makes the same calls in the same order with the same bodies (taken from a session of the platform) through a bare
 * undici pool and does nothing else. Toy and platform alternate; each cell is the median over the rounds, and the ratio is the median of
 * the rounds' ratios. A wave of N calls at once is the worst case for both. CPU is this process alone, for one turn of one session.
 */
import { runPlatform } from './turn/platform.ts';
import { CALLS_A_SESSION, IDEAL_SECONDS, TURNS } from './turn/plan.ts';
import type { Measured } from './turn/plan.ts';
import { startMock } from './turn/mock.ts';
import type { MockTally } from './turn/mock.ts';
import type { MockProcess } from './mock/process.ts';
import { runToy } from './turn/toy.ts';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';

const GOAL = { sessions: 100, ratio: 0.9, hope: 0.97 };
const WIDTHS = [4, 6, 8, 6, 17, 15, 20, 9];

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, sessions: { type: 'string', default: '50,100,200' } },
});
await measure(flags.sessions.split(',').map(Number), Number(flags.rounds ?? (flags.quick ? 3 : 5)));

async function measure(sizes: readonly number[], rounds: number): Promise<void> {
  const mock = await startMock();
  try {
    const bodies = await recordSession(mock);
    // One round of each side before anything counts: what is compiled then stays compiled.
    await runPlatform(mock.origin, GOAL.sessions);
    await runToy(mock.origin, bodies, GOAL.sessions);
    await mock.take();
    process.stdout.write(`Ideal ${IDEAL_SECONDS.toFixed(1)} s a session; median of ${rounds} rounds; efficiency = ideal / wall time.\n`);
    process.stdout.write(row(['N', 'toy', 'platform', 'ratio', '(lowest, highest)', 'toy CPU ms/turn', 'platform CPU ms/turn', 'CPU ratio']));
    const reached = new Map<number, number>();
    for (const sessions of sizes) {
      const pairs: { toy: Measured; platform: Measured }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const toy = await fairly(mock, sessions, () => runToy(mock.origin, bodies, sessions));
        pairs.push({ toy, platform: await fairly(mock, sessions, () => runPlatform(mock.origin, sessions)) });
      }
      const ratios = pairs.map(({ toy, platform }) => toy.wallSeconds / platform.wallSeconds).sort((a, b) => a - b);
      reached.set(sessions, median(ratios));
      const cpu = (side: 'toy' | 'platform') => median(pairs.map((pair) => pair[side].cpuMs)) / (sessions * TURNS);
      const efficiency = (side: 'toy' | 'platform') => IDEAL_SECONDS / median(pairs.map((pair) => pair[side].wallSeconds));
      process.stdout.write(
        row([
          String(sessions),
          efficiency('toy').toFixed(3),
          efficiency('platform').toFixed(3),
          median(ratios).toFixed(3),
          `(${ratios[0]!.toFixed(3)}, ${ratios.at(-1)!.toFixed(3)})`,
          cpu('toy').toFixed(2),
          cpu('platform').toFixed(2),
          median(pairs.map(({ toy, platform }) => platform.cpuMs / toy.cpuMs)).toFixed(2),
        ]),
      );
    }
    process.stdout.write(closing(reached.get(GOAL.sessions)));
    const [load] = loadavg();
    if (load! > availableParallelism()) {
      process.stdout.write(`Others kept the machine busy (load ${load!.toFixed(1)} on ${availableParallelism()} cores), which costs the side with more work more time; trust CPU ms/turn.\n`);
    }
  } finally {
    mock.close();
  }
}

/** One session of the platform, call by call, for the toy to repeat. */
async function recordSession(mock: MockProcess<MockTally>): Promise<object[]> {
  await mock.take();
  await runPlatform(mock.origin, 1);
  const { firstBodies } = await mock.take();
  return firstBodies.map((body) => JSON.parse(body) as object);
}

/** Starts with a clean heap, and fails when a side made more or fewer calls than the comparison rests on. */
async function fairly(mock: MockProcess<MockTally>, sessions: number, run: () => Promise<Measured>): Promise<Measured> {
  collectGarbage();
  await pause(200);
  const measured = await run();
  const { calls } = await mock.take();
  if (calls !== sessions * CALLS_A_SESSION) throw new Error(`Expected ${sessions * CALLS_A_SESSION} calls of ${sessions} sessions, found ${calls}.`);
  return measured;
}

/** The young generation alone: a full collection also throws compiled code away, and the next round would measure the compiler. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as (options: { type: 'minor' }) => void)({ type: 'minor' });
}

function closing(ratio: number | undefined): string {
  const goal = `Goal at N = ${GOAL.sessions}: platform / toy >= ${GOAL.ratio.toFixed(2)} (hoped for: ${GOAL.hope.toFixed(2)}).`;
  if (ratio === undefined) return `${goal} Not measured.\n`;
  return `${goal} Measured ${ratio.toFixed(3)}: ${ratio >= GOAL.ratio ? 'reached' : 'NOT reached'}.\n`;
}

function row(cells: readonly string[]): string {
  return `${cells.map((cell, index) => cell.padStart(WIDTHS[index]!)).join('  ')}\n`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
