import type { RespondResponse, RespondStreamResponse } from '../gen/attune/agent/v1/agent.ts';
import { AttuneError } from '../platform/errors.ts';

/**
 * Turns the pieces that a reply is made of into a stream; the complete response comes last, and the pieces
 * joined are its message: blank space around it is left out, and a reply that the model began anew goes on
 * where it stopped. Throws `unavailable` when the new one has other words than those already given.
 */
export async function* streamed(run: (hooks: StreamHooks) => Promise<RespondResponse>): AsyncGenerator<RespondStreamResponse> {
  let received = '';
  let given = '';
  let open = true;
  let wake: () => void = () => undefined;
  const close = () => {
    open = false;
    wake();
  };
  const reply = run({
    onDelta(text) {
      received += text;
      wake();
    },
    onRestart: () => void (received = ''),
  });
  reply.then(close, close);
  while (open) {
    const text = received.trim();
    if (text.length > given.length && text.startsWith(given)) {
      const value = text.slice(given.length);
      given = text;
      yield { part: { $case: 'delta', value } };
    } else {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const response = await reply;
  if (!response.agentMessage.startsWith(given)) {
    throw new AttuneError('unavailable', 'The model began its reply anew with other words than those already sent; ask again.');
  }
  const rest = response.agentMessage.slice(given.length);
  if (rest !== '') yield { part: { $case: 'delta', value: rest } };
  yield { part: { $case: 'response', value: response } };
}

/** Where the model's stream is told of. */
export interface StreamHooks {
  /** The next characters. */
  onDelta(text: string): void;
  /** The stream was cut and starts again. */
  onRestart(): void;
}
