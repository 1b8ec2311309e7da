import type { JsMsg } from '@nats-io/jetstream';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';

/**
 * Holds a message while it is worked on: tells the server that we are alive three times a lease, and waits for its answer. The server hands a message to somebody
 * else once it has heard nothing for the lease; so the lease is over here when the last answered sign of life was sent that long ago, whatever the network did.
 */
export function holdMessage(nats: Nats, message: JsMsg, leaseMs: number): HeldMessage {
  const lost = new AbortController();
  let heldUntil = performance.now() + leaseMs;
  let ended = false;

  const isHeld = () => {
    if (!ended && !lost.signal.aborted && performance.now() >= heldUntil) {
      lost.abort(new AttuneError('cancelled', `The lease of ${message.subject} ran out: the NATS server had no sign of life from this process for ${leaseMs} ms.`));
    }
    return !lost.signal.aborted;
  };
  const beat = async () => {
    const sentAt = performance.now();
    try {
      await nats.nc.request(replyOf(message), IN_PROGRESS, { timeout: Math.max(100, leaseMs / 3) });
      heldUntil = Math.max(heldUntil, sentAt + leaseMs);
    } catch (thrown) {
      nats.log.debug({ subject: message.subject, err: thrown }, 'A sign of life got no answer.');
    }
  };
  const timer = setInterval(() => {
    if (isHeld()) void beat();
    else clearInterval(timer);
  }, leaseMs / 3);

  return {
    signal: lost.signal,
    isHeld,
    end() {
      isHeld();
      ended = true;
      clearInterval(timer);
    },
  };
}

/** Where acknowledgements go; the client's type does not show it. */
function replyOf(message: JsMsg): string {
  return (message as JsMsg & { reply: string }).reply;
}

/** What JetStream takes as "still at it". */
const IN_PROGRESS = '+WPI';

export interface HeldMessage {
  /** Aborts when the lease is over. */
  readonly signal: AbortSignal;
  isHeld(): boolean;
  /** Sends no more signs of life. */
  end(): void;
}
