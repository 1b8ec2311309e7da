import { setTimeout } from 'node:timers/promises';
import { AttuneError } from '../../platform/errors.ts';
import type { Check } from '../check.ts';
import { must } from '../../platform/examine.ts';
import { asking, QUESTIONS, wishes } from '../subject.ts';
import { shown } from './replies.ts';

/** Whether a call that is given up leaves everything as it was, also when the server notices late. */
export const cancelCheck: Check = {
  name: 'cancel',
  what: 'Respond and EndSession given up by the caller leave the memory as it was, also a while later, and the server goes on answering.',
  determinism: 'no',
  async run({ play, start, client, signal, user, mark, respond, told }) {
    const who = user('gone');
    await play(who, 0, wishes(mark('gone0')));
    const startedAt = performance.now();
    const { before, end } = await play(who, 1, wishes(mark('gone1')));
    const usual = performance.now() - startedAt;
    await start(who, 1);

    const asked = await givenUp(signal, (one) => client.respond(told(asking(who, 1, wishes(mark('gone1'))[0]!)), one));
    const ended = await givenUp(signal, (one) => client.endSession(end, one));
    const back = await start(who, 1);
    must(back === before, `After calls that were given up the session should start as before, found ${shown(back)} for ${shown(before)}.`);
    // What the server still works on would be written by now.
    await setTimeout(usual + 100, undefined, { signal });
    const later = await start(who, 2);
    must(later === before, `A call that was given up should write nothing, found ${shown(later)} for ${shown(before)} a while after the session was started again.`);
    await respond(asking(who, 2, QUESTIONS[0]!));
    return `Respond ${asked}, EndSession ${ended}`;
  },
};

/** Makes a call and gives it up soon after it left; one that was quicker has ended. */
async function givenUp(signal: AbortSignal, call: (options: { signal: AbortSignal }) => Promise<unknown>): Promise<'cancelled' | 'was quicker'> {
  const caller = new AbortController();
  const outcome = call({ signal: AbortSignal.any([signal, caller.signal]) }).then(
    () => 'was quicker' as const,
    (thrown: unknown) => {
      if (!signal.aborted && AttuneError.from(thrown).code === 'cancelled') return 'cancelled' as const;
      throw thrown;
    },
  );
  await setTimeout(GIVE_UP_MS);
  caller.abort();
  return outcome;
}

/** Long enough that the request has left, short enough that hardly any model has answered, in milliseconds. */
const GIVE_UP_MS = 5;
