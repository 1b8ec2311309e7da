import type { Nats } from './connect.ts';
import { runToken } from './names.ts';
import { publishStored, retry } from './publish.ts';
import { DEAD } from './streams.ts';

/** Puts on record that a piece of work was given up, with the reason. */
export async function bury(nats: Nats, letter: BuriedWork): Promise<void> {
  const { runId, queue, key, reason, attempts } = letter;
  await publishStored(nats, subjectOf(runId, queue, key), new TextEncoder().encode(JSON.stringify(letter)), {
    msgId: `dead/${runId}/${queue}/${key}/${crypto.randomUUID()}`,
    headers: { 'Attune-Reason': headerText(reason), 'Attune-Attempts': String(attempts) },
  });
}

/** What was given up of a run, oldest first. */
export async function readBuried(nats: Nats, runId: string): Promise<BuriedWork[]> {
  const filter = `attune.dead.${runToken(runId)}.>`;
  const found: BuriedWork[] = [];
  for (let seq = 1; ; ) {
    const message = await retry(nats, `Reading ${filter}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.direct.getMessage(DEAD, { seq, next_by_subj: filter }));
    if (!message) return found;
    found.push(JSON.parse(new TextDecoder().decode(message.data)) as BuriedWork);
    seq = message.seq + 1;
  }
}

/** Forgets what was given up of a run, before it is tried again. */
export async function clearBuried(nats: Nats, runId: string): Promise<void> {
  await retry(nats, 'Clearing what was given up', performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.streams.purge(DEAD, { filter: `attune.dead.${runToken(runId)}.>` }));
}

function subjectOf(runId: string, queue: string, key: string): string {
  const safe = key.split('.').map((part) => part.replaceAll(/[^A-Za-z0-9_-]/g, '_')).join('.');
  return `attune.dead.${runToken(runId)}.${queue}.${safe}`;
}

/** Headers hold one line of plain characters. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 500);
}

export interface BuriedWork {
  runId: string;
  /** Which queue or subscription gave it up. */
  queue: string;
  key: string;
  reason: string;
  attempts: number;
}
