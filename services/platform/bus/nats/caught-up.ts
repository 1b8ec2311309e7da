import type { Nats } from './connect.ts';
import { consumerName } from './names.ts';
import { classify } from './errors.ts';
import { retry } from './publish.ts';
import { EVENTS } from './streams.ts';

/** Whether a subscription of a run's bus, in whatever process it is, has handled everything that was published. False when there is none. */
export async function isCaughtUp(nats: Nats, runId: string, subscription: string): Promise<boolean> {
  try {
    const info = await retry(nats, `Asking for ${subscription}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.consumers.info(EVENTS, consumerName('sub', runId, subscription)));
    return info.num_pending === 0 && info.num_ack_pending === 0;
  } catch (thrown) {
    if (classify(thrown) === 'gone') return false;
    throw thrown;
  }
}
