import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { runToken } from './names.ts';

/** Answers questions about a run that cannot wait for an event, such as whether its model endpoints are broken; `close` stops. */
export function answerQuestions(nats: Nats, runId: string, answer: (question: string) => Promise<string>): { close(): void } {
  const subscription = nats.nc.subscribe(`attune.ask.${runToken(runId)}`, {
    callback(error, message) {
      if (error) return;
      answer(message.string()).then(
        (text) => message.respond(text),
        (thrown: unknown) => nats.log.warn({ err: thrown }, 'A question about the run could not be answered.'),
      );
    },
  });
  return { close: () => subscription.unsubscribe() };
}

/** Asks whoever answers for a run. Throws `unavailable` when nobody does. */
export async function askAbout(nats: Nats, runId: string, question: string): Promise<string> {
  try {
    return (await nats.nc.request(`attune.ask.${runToken(runId)}`, question, { timeout: ANSWER_MS })).string();
  } catch (cause) {
    throw new AttuneError('unavailable', `Nobody answers for the run ${runId}; its coordinator is away.`, { cause });
  }
}

/** A check of model endpoints may take its time. */
const ANSWER_MS = 30_000;
