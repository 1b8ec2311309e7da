import type { Nats } from './connect.ts';
import { clearBuried } from './dead-letters.ts';
import { runToken } from './names.ts';
import { retry } from './publish.ts';
import { openRunRegistry } from './run-registry.ts';
import { EVENTS } from './streams.ts';
import { openWorkQueue } from './work-queue.ts';

/** Frees what a run has on the server: its queues, facts, subscriptions and documents. Its status stays, so that the list of runs can tell how it ended. */
export async function removeRunFromServer(nats: Nats, runId: string): Promise<void> {
  for (const kind of ['work', 'judging'] as const) await openWorkQueue(nats, kind, { runId, leaseMs: 1_000 }).remove();
  const facts = `attune.events.${runToken(runId)}.>`;
  for await (const { name, config } of nats.jsm.consumers.list(EVENTS)) {
    if (config.filter_subject === facts) await nats.jsm.consumers.delete(EVENTS, name).catch(() => undefined); // gone already
  }
  await retry(nats, `Removing the facts of ${runId}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.streams.purge(EVENTS, { filter: facts }));
  await clearBuried(nats, runId);
  await openRunRegistry(nats).remove(runId);
}
