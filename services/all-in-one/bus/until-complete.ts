import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../../platform/errors.ts';
import { isCaughtUp, readBuried } from '../../platform/nats.ts';
import type { Lease, Nats, RunState, WorkQueue } from '../../platform/nats.ts';
import { recorderName } from './keep-recording.ts';
import type { Tally } from './tally.ts';
import type { RunWatch } from './watch-run.ts';

/** Waits until every session of a run is there and judged, and keeps its status. Throws when the run is to stop, or cannot be brought to its end. */
export async function untilComplete(nats: Nats, run: Conducted): Promise<void> {
  const { runId, tally, watch, lease, setStatus, signal, limit } = run;
  let told = 0;
  let looksAtRest = 0;
  for (;;) {
    if (tally.isComplete()) return;
    if (signal.aborted) throw new AttuneError('cancelled', 'The run was stopped.');
    if (limit.aborted) throw AttuneError.from(limit.reason);
    if (watch.stopping.aborted) throw AttuneError.from(watch.stopping.reason);
    if (!lease.isHeld()) throw new AttuneError('cancelled', 'The NATS server was out of reach for too long, or another process coordinates the run now.');
    if (performance.now() - told > STATUS_MS) {
      told = performance.now();
      await setStatus(watch.isPaused() ? 'paused' : 'running');
      const dead = (await readBuried(nats, runId)).filter(({ queue }) => queue === 'work');
      // The others are played and judged to their end first. What was just told may not have been counted at the first look.
      looksAtRest = dead[0] && (await isAtRest(nats, run)) ? looksAtRest + 1 : 0;
      if (dead[0] && looksAtRest > 1) throw new AttuneError('failed_precondition', `${dead.length} of the run's trajectories were given up; the first one because: ${dead[0].reason}`);
    }
    await sleep(LOOK_MS, undefined, { signal: AbortSignal.any([signal, limit]) }).catch(() => undefined);
  }
}

/** Waits until the recorder, wherever it is, has written everything that was published. */
export async function untilRecorded(nats: Nats, runId: string, failed: Promise<never>): Promise<void> {
  while (!(await Promise.race([failed, isCaughtUp(nats, runId, recorderName(runId))]))) await sleep(LOOK_MS / 4);
}

/** Whether no trajectory waits or is in work, every fact is recorded and every session that is there is judged or given up. */
async function isAtRest(nats: Nats, { runId, work, tally }: Conducted): Promise<boolean> {
  const { waiting, held } = await work.counts();
  return waiting + held === 0 && (await isCaughtUp(nats, runId, recorderName(runId))) && tally.isSettled();
}

const LOOK_MS = 200;
const STATUS_MS = 1_000;

interface Conducted {
  runId: string;
  tally: Tally;
  work: WorkQueue;
  watch: RunWatch;
  lease: Lease;
  setStatus(state: RunState, reason?: string): Promise<void>;
  signal: AbortSignal;
  /** Aborts when the run has spent what it may, with one sentence. */
  limit: AbortSignal;
}
