import { setTimeout as sleep } from 'node:timers/promises';
import { encodeJudgingJob, stagesOf } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { createRunBus, isLease, openRunRegistry, openWorkQueue, takeLease } from '../../platform/nats.ts';
import type { Lease, Nats } from '../../platform/nats.ts';
import { currentTraceparent } from '../../platform/tracing.ts';
import { createRecorder } from '../../report/service.ts';
import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';

/** The recorder's subscription to the facts of a run. */
export function recorderName(runId: string): string {
  return `recorder ${runId}`;
}

/**
 * Records a run whenever this process may: waits for the recorder's lease, writes the folder while it holds it, and puts each recorded session into the judging queue
 * before its fact counts as handled. With `yields` it lets go as soon as that says so. Ends with `close`, or by itself when the folder cannot be written; `failed`
 * then rejects.
 */
export function keepRecording(nats: Nats, options: RecordingOptions): Recording {
  const { runId, dir, leaseMs, log } = options;
  const closing = new AbortController();
  const judging = openWorkQueue(nats, 'judging', { runId, leaseMs });
  const trajectoryOf = options.trajectoryOf;
  let holding = false;

  const onSession = async (record: SessionRecord) => {
    await judging.put(`${trajectoryOf(record)}.${record.session}`, encodeJudgingJob({ record, stages: stagesOf(record), traceparent: currentTraceparent() }));
  };

  async function recordOnce(): Promise<void> {
    while (options.mayRecord?.() === false) await sleep(LOOK_MS, undefined, { signal: closing.signal });
    const lease = await takeLease(nats, openRunRegistry(nats).leaseKey(runId, 'recorder'), { leaseMs, wait: true, signal: closing.signal });
    if (!isLease(lease)) return;
    try {
      await recordUnder(lease);
    } finally {
      holding = false;
      await lease.release();
    }
  }

  async function recordUnder(lease: Lease): Promise<void> {
    const bus = createRunBus(nats, { runId, leaseMs });
    const broken = new AbortController();
    await options.prepare?.();
    const recorder = await createRecorder({ dir, bus, log, lease, onSession, onBroken: (error) => broken.abort(error) });
    holding = true;
    log.info({ runId, dir }, 'Recording.');
    try {
      while (!closing.signal.aborted && lease.isHeld() && !broken.signal.aborted && options.mayRecord?.() !== false) {
        await sleep(LOOK_MS, undefined, { signal: AbortSignal.any([closing.signal, lease.signal, broken.signal]) }).catch(() => undefined);
      }
    } finally {
      await recorder.close();
    }
    if (broken.signal.aborted) throw AttuneError.from(broken.signal.reason);
    if (!lease.isHeld()) log.warn({ runId }, 'Another recorder has taken over, or the NATS server was out of reach for too long; waiting for my turn.');
  }

  const loop = (async () => {
    while (!closing.signal.aborted) {
      try {
        await recordOnce();
      } catch (thrown) {
        if (closing.signal.aborted) return;
        throw thrown;
      }
    }
  })();
  loop.catch(() => undefined); // told to whoever waits for it

  return {
    failed: loop.then(() => new Promise<never>(() => {})),
    isRecording: () => holding,
    async close() {
      closing.abort(new AttuneError('cancelled', 'This process stops recording.'));
      await loop.catch(() => undefined);
    },
  };
}

const LOOK_MS = 200;

export interface RecordingOptions {
  runId: string;
  dir: string;
  leaseMs: number;
  log: Logger;
  /** The place in the plan of a record's trajectory. */
  trajectoryOf(record: SessionRecord): number;
  /** False: leave it to somebody else for now. */
  mayRecord?: () => boolean;
  /** Called under the lease, before the folder is opened. */
  prepare?: () => Promise<void>;
}

export interface Recording {
  /** Never resolves; rejects when the folder cannot be written. */
  readonly failed: Promise<never>;
  isRecording(): boolean;
  /** Writes what is in work and gives the lease back. */
  close(): Promise<void>;
}
