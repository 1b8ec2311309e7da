import type { Nats } from './connect.ts';
import { brokerError } from './errors.ts';
import { JUDGING, WORK } from './streams.ts';

/** How much waits or is in work on the server, over all runs, and how old the oldest of it is in seconds. Throws AttuneError when the server does not answer. */
export async function queueState(nats: Nats, kind: 'work' | 'judging'): Promise<{ depth: number; ageSeconds: number }> {
  const stream = kind === 'work' ? WORK : JUDGING;
  try {
    const { messages, first_ts: first } = (await nats.jsm.streams.info(stream)).state;
    return { depth: messages, ageSeconds: messages === 0 ? 0 : Math.max(0, (Date.now() - Date.parse(first)) / 1000) };
  } catch (thrown) {
    throw brokerError(`Asking for the state of ${stream}`, thrown);
  }
}
