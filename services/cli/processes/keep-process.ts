import { setTimeout as sleep } from 'node:timers/promises';
import { AttuneError } from '../../platform/errors.ts';
import { spawnLogged } from './spawned.ts';
import type { Spawned } from './spawned.ts';

/**
 * Starts a process and waits until it is ready; starts it again, at the same address and after a growing pause, when it ends by itself. One that never became ready is
 * not started again: its settings are wrong. Throws `failed_precondition` with the last lines of its log.
 */
export async function keepProcess(plan: KeptPlan, { signal, onDeath, onReturn, onGiveUp }: KeepDeps): Promise<KeptProcess> {
  const stopping = new AbortController();
  const deaths: number[] = [];
  const first = await begin(plan, null, AbortSignal.any([signal, stopping.signal]));
  const { address } = first;
  let { spawned } = first;

  async function keep(): Promise<void> {
    for (;;) {
      const how = await spawned.ended;
      if (stopping.signal.aborted) return;
      const now = performance.now();
      deaths.push(now);
      const recent = deaths.filter((at) => now - at < DEATHS_WITHIN_MS).length;
      if (recent > MOST_DEATHS) return onGiveUp(new AttuneError('unavailable', `${plan.name} ended ${recent} times within ${DEATHS_WITHIN_MS / 60_000} minutes, at last it ${how}; mend what its log ${plan.log} tells:\n${lastLines(spawned)}`));
      const pauseMs = PAUSES_MS[Math.min(recent, PAUSES_MS.length) - 1]!;
      onDeath(`${plan.name} (process ${spawned.pid}) ${how}; it is started again in ${pauseMs / 1_000} s. The last lines of ${plan.log}:\n${lastLines(spawned)}`);
      try {
        await sleep(pauseMs, undefined, { signal: stopping.signal });
        spawned = (await begin(plan, address, stopping.signal, (started) => (spawned = started))).spawned;
        onReturn(`${plan.name} is back as process ${spawned.pid}.`);
      } catch {
        // Either it is to stop, or it ended before it was ready, which counts as one more death.
      }
    }
  }
  const kept = keep();

  return {
    name: plan.name,
    address,
    log: plan.log,
    pid: () => plan.pidOf?.(spawned) ?? spawned.pid,
    async stop(graceMs) {
      stopping.abort();
      const inTime = await spawned.stop(graceMs);
      await kept;
      return inTime;
    },
  };
}

async function begin(plan: KeptPlan, address: string | null, signal: AbortSignal, onSpawned?: (spawned: Spawned) => void): Promise<{ spawned: Spawned; address: string }> {
  const spawned = spawnLogged(plan.command(address), { env: plan.env, log: plan.log });
  onSpawned?.(spawned);
  const failed = (what: string) => new AttuneError('failed_precondition', `${plan.name} ${what}. The last lines of ${plan.log}:\n${lastLines(spawned)}`);
  try {
    for (const until = Date.now() + READY_MS; ; await sleep(LOOK_MS, undefined, { signal })) {
      const how = spawned.how();
      if (how !== null) throw failed(`${how} before it was ready`);
      const found = plan.addressIn(spawned.written());
      if (found !== null && (await plan.isReady(found))) return { spawned, address: found };
      if (Date.now() > until) throw failed(`was not ready within ${READY_MS / 1_000} s`);
    }
  } catch (thrown) {
    await spawned.stop(0);
    throw signal.aborted ? new AttuneError('cancelled', 'The start was stopped.', { cause: thrown }) : thrown;
  }
}

function lastLines(spawned: Spawned): string {
  const lines = spawned.written().trimEnd().split('\n').slice(-SHOWN_LINES);
  return lines.map((line) => `    ${readable(line)}`).join('\n');
}

/** A log line in JSON as a person reads it. */
function readable(line: string): string {
  try {
    const { level, msg, problem, err } = JSON.parse(line) as Record<string, unknown>;
    const cause = (err as { message?: string } | undefined)?.message;
    return [`${String(level)}:`, msg, problem, cause && `(${cause})`].filter(Boolean).join(' ');
  } catch {
    return line;
  }
}

/** How long a process may take to become ready; loading weights is not among what these do. */
const READY_MS = 120_000;
const LOOK_MS = 50;
const SHOWN_LINES = 8;
/** Before the first new start, the second and so on, in milliseconds. */
const PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000];
const MOST_DEATHS = 5;
const DEATHS_WITHIN_MS = 120_000;

export interface KeptPlan {
  name: string;
  /** Its log file. */
  log: string;
  env: NodeJS.ProcessEnv;
  /** What to start; with the address that it had before, when it had one. */
  command(address: string | null): string[];
  /** Where it listens by what it wrote; an empty text for one that nobody calls; null while it does not say. */
  addressIn(written: string): string | null;
  isReady(address: string): Promise<boolean>;
  /** The process that does the work, when that is not the one that was started. */
  pidOf?(spawned: Spawned): number | null;
}

export interface KeptProcess {
  readonly name: string;
  readonly address: string;
  readonly log: string;
  pid(): number;
  /** Whether it ended by itself in time. */
  stop(graceMs: number): Promise<boolean>;
}

export interface KeepDeps {
  /** Gives up the first start. */
  signal: AbortSignal;
  onDeath(sentence: string): void;
  onReturn(sentence: string): void;
  /** It died too often and stays dead. */
  onGiveUp(error: AttuneError): void;
}
