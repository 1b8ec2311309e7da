/**
 * How near a run comes to the shortest time that its calls allow, and what the order of work is worth. Run: npm run bench -- schedule
 * [--quick] [--rounds n] [--users n] [--sessions n] [--cap n] [--latency ms]
 *
 * 100 users with notes, 10 sessions each, one endpoint that takes 50 calls at once and answers after lognormal times (median 150 ms, sigma 0.6)
 * that follow from the request, so that both sides have the same work. The platform is `attune run` with its recorder; the other side plays the
 * same sessions by the schedule that MultiSessionCollab publishes: slices of 50 users with a barrier after each, a user's sessions one after
 * another, judging after a user's last session. Bound = max(sum of the latencies / cap, longest user). The sides alternate.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startMock } from './schedule/mock.ts';
import { experimentFor, runPlatform, runSlices } from './schedule/sides.ts';

const GOAL = { bound: 1.05, slices: 1.05 };

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, users: { type: 'string' }, sessions: { type: 'string' }, cap: { type: 'string' }, latency: { type: 'string', default: '150' } },
});
const [users, sessions, cap] = flags.quick ? [20, 5, 10] : [100, 10, 50];
await measure({ users: Number(flags.users ?? users), sessions: Number(flags.sessions ?? sessions), cap: Number(flags.cap ?? cap) }, Number(flags.rounds ?? (flags.quick ? 1 : 5)));

async function measure(size: { users: number; sessions: number; cap: number }, rounds: number): Promise<void> {
  const mock = await startMock({ medianMs: Number(flags.latency), sigma: 0.6 });
  try {
    const experiment = experimentFor(mock.origin, size);
    process.stdout.write(`${size.users} users x ${size.sessions} sessions, ${size.cap} calls in flight, median ${flags.latency} ms, slices of ${size.users / 2} users.\n`);
    const toBound: number[] = [];
    const toSlices: number[] = [];
    const toSeen: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const slices = await runSlices(experiment, size.users / 2);
      const other = await mock.take();
      const platform = await runPlatform(experiment);
      const own = await mock.take();
      const bound = Math.max(own.workMs / size.cap, platform.longestMs);
      toBound.push(platform.wallMs / bound);
      toSlices.push(slices.wallMs / platform.wallMs);
      toSeen.push(platform.wallMs / Math.max(platform.seenMs / size.cap, platform.longestMs));
      process.stdout.write(
        `round ${round + 1}: ${own.calls} calls (${other.calls}), bound ${seconds(bound)}, platform ${seconds(platform.wallMs)}, slices ${seconds(slices.wallMs)}; platform / bound ${toBound.at(-1)!.toFixed(3)}, slices / platform ${toSlices.at(-1)!.toFixed(3)}; by the latencies that the client saw: platform / bound ${toSeen.at(-1)!.toFixed(3)}, slices / bound ${((slices.wallMs * size.cap) / slices.seenMs).toFixed(3)}; most in flight ${own.most} (${other.most}); work ${(own.workMs / other.workMs).toFixed(3)} of the slices'\n`,
      );
    }
    process.stdout.write(`Median of ${rounds}: platform / bound ${median(toBound).toFixed(3)} (goal: at most ${GOAL.bound}), slices / platform ${median(toSlices).toFixed(3)} (goal: at least ${GOAL.slices}); platform / bound by the latencies that the client saw ${median(toSeen).toFixed(3)}.\n`);
    const [load] = loadavg();
    if (load! > availableParallelism()) process.stdout.write(`Others kept the machine busy (load ${load!.toFixed(1)} on ${availableParallelism()} cores), which lengthens every call and leaves the bound as it is; the latencies that the client saw have that in them.\n`);
  } finally {
    mock.close();
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
