import { describe, expect, test } from 'vitest';
import { openLab } from '../../test/support/lab.ts';
import { GREETING } from '../../test/support/play.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { chatEvents, type ScriptedAnswer } from '../platform/models/scripted-server.ts';

/** What a reader of the stream sees when the model answers its calls one after the other like this. */
async function read(...answers: ScriptedAnswer[]): Promise<{ deltas: string[]; message: string }> {
  await using lab = await openLab({ methods: ['vanilla'], answer: () => answers.shift() });
  const key = { user: { runId: 'r', method: 'vanilla', userId: 'u' }, session: 0 };
  const request = { key, turn: 0, dialogue: [GREETING, { role: Role.USER, content: 'Hi.' }], seed: 1 };
  const deltas: string[] = [];
  let message = '';
  for await (const { part } of lab.agent.respondStream({ request })) {
    if (part?.$case === 'delta') deltas.push(part.value);
    else message = part!.value.agentMessage;
  }
  return { deltas, message };
}

describe('RespondStream', () => {
  test('blank space around the reply is in no piece, inside it stays', async () => {
    const { deltas, message } = await read({ events: chatEvents(['\n', '  First', ' line.\n', '\n', 'Second', '.', ' \n']) });
    expect(message).toBe('First line.\n\nSecond.');
    expect(deltas.join('')).toBe(message);
    expect(deltas).not.toContain('');
  });

  test('a reply that was cut and began anew goes on where it stopped', async () => {
    const { deltas, message } = await read(
      { events: chatEvents(['One ', 'two ', 'three']).slice(0, 3), cut: true },
      { events: chatEvents(['One two three ', 'four.']) },
    );
    expect(message).toBe('One two three four.');
    expect(deltas.join('')).toBe(message);
  });

  test('one that began anew with other words fails instead of showing two replies', async () => {
    const answers = [{ events: chatEvents(['One ', 'two']).slice(0, 2), cut: true }, { events: chatEvents(['Uno dos.']) }];
    await expect(read(...answers)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('ask again') });
  });

  test('an error comes through, an empty request is refused', async () => {
    await expect(read({ status: 401, json: { error: { message: 'Bad key.' } } })).rejects.toMatchObject({ code: 'unauthenticated' });
    await using lab = await openLab({ methods: ['vanilla'] });
    const first = lab.agent.respondStream({})[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
