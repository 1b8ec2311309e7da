import { Event } from '../../../gen/attune/event/v1/event.ts';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { runToken } from './names.ts';
import { publishStored, retry } from './publish.ts';
import { EVENTS } from './streams.ts';

/**
 * The facts of one trajectory that only its holder may tell: that a session began and that it ended. They share one subject, and each is stored only if nothing was
 * stored there since the holder's last one. So a holder that was taken for dead, and is not, finds its next fact refused (`cancelled`) as soon as its successor has
 * told its first; and the last message says with which session to go on.
 */
export function openTrajectoryLog(nats: Nats, runId: string, trajectory: number): TrajectoryLog {
  const subject = `attune.events.${runToken(runId)}.t.${trajectory}`;
  const holder = crypto.randomUUID();
  let sequence: number | null = null;

  async function last(): Promise<Last | null> {
    const message = await retry(nats, `Reading ${subject}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.jsm.streams.getMessage(EVENTS, { last_by_subj: subject }));
    if (!message) return null;
    const number = (name: string) => Number(message.header.get(name) || 0);
    return { sequence: message.seq, next: number(NEXT), takeovers: number(TAKEOVERS), holder: message.header.get(HOLDER), isOpen: message.header.get(OPEN) === '1' };
  }

  let current = { session: -1, takeovers: 0 };

  async function write(event: Event, next: number, takeovers: number, isOpen: boolean): Promise<void> {
    if (sequence === null) throw new AttuneError('failed_precondition', `The trajectory ${trajectory} should be taken before anything is told of it.`);
    const sent = await publishStored(nats, subject, Event.encode(event).finish(), {
      msgId: `${event.eventId}/${holder}`,
      expect: { lastSubjectSequence: sequence },
      headers: { [NEXT]: String(next), [HOLDER]: holder, [TAKEOVERS]: String(takeovers), ...(isOpen && { [OPEN]: '1' }) },
    });
    if (!sent.stored) throw new AttuneError('cancelled', `The trajectory ${trajectory} of run ${runId} was taken over by another runner.`);
    sequence = sent.ack.seq;
  }

  return {
    async take(first) {
      const found = await last();
      sequence = found?.sequence ?? 0;
      const next = Math.max(first, found?.next ?? 0);
      const before = found?.next === next ? found : null;
      const isLeftOpen = before !== null && before.isOpen && before.holder !== holder;
      current = { session: next, takeovers: (before?.takeovers ?? 0) + (isLeftOpen ? 1 : 0) };
      return { next, takeovers: current.takeovers, isLeftOpen };
    },

    async started(event, session) {
      if (session !== current.session) current = { session, takeovers: 0 };
      await write(event, session, current.takeovers, true);
    },

    ended: (event, session) => write(event, session + 1, 0, false),

    async leave({ inVain }) {
      const { session, takeovers } = current;
      const nothing = Event.fromPartial({ eventId: crypto.randomUUID(), runId });
      await write(nothing, session, takeovers + (inVain ? 1 : 0), false);
    },

    async forgive(first) {
      const { next } = await this.take(first);
      await write(Event.fromPartial({ eventId: crypto.randomUUID(), runId }), next, 0, false);
    },

    async isMine() {
      return (await last())?.holder === holder;
    },
  };
}

/** Headers: the session to go on with, who wrote it, how many holders in a row left this session unfinished, and whether a session is under way. */
const NEXT = 'Attune-Next';
const HOLDER = 'Attune-Holder';
const TAKEOVERS = 'Attune-Takeovers';
const OPEN = 'Attune-Open';

interface Last {
  sequence: number;
  next: number;
  takeovers: number;
  holder: string;
  isOpen: boolean;
}

export interface TrajectoryLog {
  /** Reads where to go on; what is told from now on is refused once somebody else tells something. `first` is what is on record elsewhere. */
  take(first: number): Promise<TakenTrajectory>;
  /** Stores that a session began. Throws `cancelled` when the trajectory is somebody else's. */
  started(event: Event, session: number): Promise<void>;
  /** Stores that a session ended; the next one is then the first to do. Throws as `started`. */
  ended(event: Event, session: number): Promise<void>;
  /** Gives the trajectory up, so that a successor need not wait; `inVain` counts as a runner that the session has cost. Throws as `started`. */
  leave(how: { inVain: boolean }): Promise<void>;
  /** Begins to count anew the holders that its session has cost, for a trajectory that was given up and that nobody holds. Throws as `started`. */
  forgive(first: number): Promise<void>;
  /** Whether nobody else has told anything since we began. */
  isMine(): Promise<boolean>;
}

export interface TakenTrajectory {
  /** The first session without an end on record. */
  next: number;
  /** Runners in a row, before this one, that left this session unfinished. */
  takeovers: number;
  /** Whether the runner before may still be at it. */
  isLeftOpen: boolean;
}
