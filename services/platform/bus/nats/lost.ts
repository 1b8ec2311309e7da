import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../log.ts';

/** Whether the server answers soon; all that was sent before has then arrived. A lost connection answers nothing and fails nothing, for as long as it is lost. */
export async function answers(nc: NatsConnection): Promise<boolean> {
  const given = new AbortController();
  try {
    return await Promise.race([nc.flush().then(() => true, () => false), sleep(ANSWER_MS, false, { signal: given.signal })]);
  } finally {
    given.abort();
  }
}

/**
 * Closes the connection once `stopping` has aborted and the server does not answer: a process that is to end must not ask again and again, each time for its whole
 * deadline, for a server that may never come back. Whatever still waits for an answer then fails at once.
 */
export function closeWhenLost({ nc, log }: { nc: NatsConnection; log: Logger }, stopping: AbortSignal): void {
  const watch = async () => {
    while (!nc.isClosed()) {
      if (await answers(nc)) {
        await sleep(LOOK_MS, undefined, { ref: false });
        continue;
      }
      if (nc.isClosed()) return;
      log.warn('The NATS server does not answer; its connection is given up.');
      await nc.close();
    }
  };
  const start = () => void watch().catch((thrown: unknown) => log.debug({ err: thrown }, 'The connection to the NATS server could not be watched.'));
  if (stopping.aborted) start();
  else stopping.addEventListener('abort', start, { once: true });
}

const ANSWER_MS = 5_000;
const LOOK_MS = 1_000;
