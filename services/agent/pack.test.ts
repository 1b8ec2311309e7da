import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Role, type Message } from '../gen/attune/conversation/v1/conversation.ts';
import { countTokens } from '../platform/tokens.ts';
import { MARGIN_TOKENS, pack } from './pack.ts';

const SYSTEM = 'Be helpful.';
const limitsFor = (budget: number) => ({ maxTokens: 50, contextLength: 50 + MARGIN_TOKENS + countTokens(SYSTEM) + budget });
const user = (content: string): Message => ({ role: Role.USER, content });
const agent = (content: string): Message => ({ role: Role.ASSISTANT, content });
const words = (count: number, word = 'tree') => `${word} `.repeat(count).trim();
const pieces = fc.constantFrom('tree ', 'zxqj', '🙂', '漢字', '1234567', '\n\n', 'é', '👩‍👩‍👧‍👦', '    ', 'aaaa');
const texts = fc.array(pieces, { minLength: 1, maxLength: 400 }).map((parts) => parts.join(''));
const dialogues = fc.array(texts, { minLength: 1, maxLength: 12 }).map((contents) => {
  const roles = [Role.ASSISTANT, Role.USER] as const;
  const dialogue = contents.map((content, index): Message => ({ role: roles[index % 2]!, content }));
  return dialogue.at(-1)!.role === Role.USER ? dialogue : [...dialogue, user('Go on.')];
});

describe('pack', () => {
  test('a dialogue that fits is sent whole', () => {
    const dialogue = [agent('Hello!'), user('What is 2 + 2?'), agent('4'), user('Thanks.')];
    expect(pack(SYSTEM, dialogue, limitsFor(100))).toEqual({
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'assistant', content: 'Hello!' },
        { role: 'user', content: 'What is 2 + 2?' },
        { role: 'assistant', content: '4' },
        { role: 'user', content: 'Thanks.' },
      ],
      dropped: 0,
    });
  });

  test('it fits exactly at the budget and loses its oldest message one token below', () => {
    const dialogue = [agent(words(40)), user(words(30)), agent(words(20)), user(words(10))];
    const size = dialogue.reduce((sum, { content }) => sum + countTokens(content), 0);
    expect(pack(SYSTEM, dialogue, limitsFor(size)).dropped).toBe(0);
    const { messages, dropped } = pack(SYSTEM, dialogue, limitsFor(size - 1));
    expect(dropped).toBe(1);
    expect(messages.slice(1).map(({ content }) => content)).toEqual(dialogue.slice(1).map(({ content }) => content));
  });

  test('the first user message and the newest whole messages stay; no older one jumps over one that was left out', () => {
    const dialogue = [agent('Hello!'), user(words(20, 'task')), agent(words(60)), user('short'), agent(words(50)), user(words(10, 'last'))];
    const { messages, dropped } = pack(SYSTEM, dialogue, limitsFor(100));
    expect(messages.slice(1).map(({ content }) => content)).toEqual([words(20, 'task'), 'short', words(50), words(10, 'last')]);
    expect(dropped).toBe(2);
  });

  test('a newest message that fits beside a short first one is not cut', () => {
    const dialogue = [user('task'), agent('ok'), user(words(90, 'last'))];
    expect(pack(SYSTEM, dialogue, limitsFor(100)).messages.at(-1)!.content).toBe(words(90, 'last'));
  });

  test('a message that is too long loses its middle and says so', () => {
    const long = `START ${words(500)} END`;
    for (const dialogue of [[user(long)], [user(long), agent('ok'), user('Go on.')], [user('task'), user(long)], [user(long), user(long)]]) {
      const cut = pack(SYSTEM, dialogue, limitsFor(120)).messages.filter(({ content }) => content.includes('tree'));
      expect(cut.length).toBeGreaterThan(0);
      for (const { content } of cut) expect(content).toMatch(/^START tree[\s\S]*\[… the middle of this message was left out …\][\s\S]*tree END$/);
    }
  });

  test('a cut message keeps to the budget also when its ends are denser than its middle', () => {
    const dense = '漢字仮名'.repeat(200);
    const { messages } = pack(SYSTEM, [user(dense + words(2000) + dense)], limitsFor(300));
    expect(messages[1]!.content).toContain('was left out');
    expect(countTokens(messages[1]!.content)).toBeLessThanOrEqual(300);
  });

  test('a context without room for a dialogue is refused with what to change', () => {
    const call = () => pack(words(200), [user('Hi.')], { contextLength: 350, maxTokens: 50 });
    expect(call).toThrow(expect.objectContaining({ code: 'failed_precondition', message: expect.stringMatching(/at least 64 tokens.*raise contextLength or lower maxTokens/) }));
    expect(() => pack(SYSTEM, [user('Hi.')], limitsFor(63))).toThrow(/at least 64/);
    expect(() => pack(SYSTEM, [user('Hi.')], limitsFor(64))).not.toThrow();
  });

  test('property: the budget is never exceeded, the first user message and the newest are there, in order', () => {
    fc.assert(
      fc.property(dialogues, fc.integer({ min: 64, max: 1500 }), (dialogue, budget) => {
        const { messages, dropped } = pack(SYSTEM, dialogue, limitsFor(budget));
        const sent = messages.slice(1);
        expect(messages[0]).toEqual({ role: 'system', content: SYSTEM });
        expect(sent.reduce((sum, { content }) => sum + countTokens(content), 0)).toBeLessThanOrEqual(budget);
        expect(sent).toHaveLength(dialogue.length - dropped);
        const isCut = (content: string) => content.includes('was left out');
        const firstUser = dialogue.findIndex(({ role }) => role === Role.USER);
        const tail = dialogue.slice(dialogue.length - sent.length);
        if (dropped > 0 && firstUser < dialogue.length - sent.length) tail[0] = dialogue[firstUser]!;
        for (const [index, { content, role }] of sent.entries()) {
          expect(role).toBe(tail[index]!.role === Role.USER ? 'user' : 'assistant');
          if (!isCut(content)) expect(content).toBe(tail[index]!.content);
          expect(Buffer.from(content).toString()).toBe(content);
        }
      }),
      { numRuns: 150, seed: 11 },
    );
  });
});
