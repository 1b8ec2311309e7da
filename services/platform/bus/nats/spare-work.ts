import type { Nats } from './connect.ts';
import { runToken } from './names.ts';

/**
 * Lets the processes that work on a run even out what they hold: one with free places says so, and the others give back what waits with them. Nobody answers: what
 * is given back comes by the queue. A word that gets lost is said again by whoever still has nothing to do.
 */
export function shareSpareWork(nats: Nats, runId: string, give: (places: number) => void): SpareWork {
  const subject = `attune.spare.${runToken(runId)}`;
  const me = crypto.randomUUID();
  const subscription = nats.nc.subscribe(subject, {
    callback(error, message) {
      if (error) return;
      const { from, places } = message.json<Wanted>();
      if (from !== me) give(places);
    },
  });
  return {
    ask(places) {
      if (!nats.nc.isClosed() && !nats.nc.isDraining()) nats.nc.publish(subject, JSON.stringify({ from: me, places } satisfies Wanted));
    },
    close: () => subscription.unsubscribe(),
  };
}

interface Wanted {
  from: string;
  places: number;
}

export interface SpareWork {
  /** Says that so many places are free here. */
  ask(places: number): void;
  close(): void;
}
