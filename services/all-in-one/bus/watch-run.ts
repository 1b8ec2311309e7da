import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../../platform/errors.ts';
import { openRunRegistry } from '../../platform/nats.ts';
import type { Nats, RunControl } from '../../platform/nats.ts';

/**
 * Keeps an eye on what is wanted of a run, whether its coordinator is alive and whether its spec has changed. Asks a few times a second: a question is cheap, and
 * nothing has to be set up again after a lost connection.
 */
export async function watchRun(nats: Nats, runId: string, { leaseMs }: { leaseMs: number }): Promise<RunWatch> {
  const registry = openRunRegistry(nats);
  const stopping = new AbortController();
  const closing = new AbortController();
  let control: RunControl = await registry.control(runId);
  let coordinator = { revision: -1, at: performance.now(), released: false };
  let specRevision = 0;

  const look = async () => {
    control = await registry.control(runId);
    if (control.wanted === 'stop' || control.wanted === 'cancel') stopping.abort(new AttuneError('cancelled', control.reason || 'The run was stopped.'));
    specRevision = await registry.revision(runId, 'spec');
    const { revision, released } = await registry.lease(runId, 'coordinator');
    if (revision !== coordinator.revision) coordinator = { revision, at: performance.now(), released };
  };
  await look();
  const loop = (async () => {
    while (!closing.signal.aborted && !stopping.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      if (!closing.signal.aborted) await look().catch((thrown: unknown) => nats.log.debug({ runId, err: thrown }, 'What is wanted of the run could not be read.'));
    }
  })();

  const watch: RunWatch = {
    stopping: stopping.signal,
    isPaused: () => control.wanted === 'pause',
    isCoordinated: () => !coordinator.released && performance.now() - coordinator.at < 1.5 * leaseMs + LOOK_MS,
    specRevision: () => specRevision,
    async untilWanted(signal) {
      while (control.wanted === 'pause') await sleep(LOOK_MS, undefined, { signal });
    },
    async close() {
      closing.abort();
      await loop;
    },
  };
  return watch;
}

const LOOK_MS = 250;

export interface RunWatch {
  /** Aborts when the run is to stop, with the reason. */
  readonly stopping: AbortSignal;
  isPaused(): boolean;
  /** Whether the coordinator has shown a sign of life lately. */
  isCoordinated(): boolean;
  specRevision(): number;
  /** Waits while the run is paused. */
  untilWanted(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
