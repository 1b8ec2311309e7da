import { describe, expect, test } from 'vitest';
import { judgedSession, says, startScriptedJudge } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt, ScriptedJudgeOptions } from '../../test/support/scripted-judge.ts';
import { VerdictStatus } from '../gen/attune/judge/v1/judge.ts';

const dialogue = (reply: string) => [says('assistant', 'Hello!'), says('user', 'How many?'), says('assistant', reply)];
const PAIR = { profile: judgedSession().profile, first: dialogue('Twelve, my friend.'), second: dialogue('12.'), seed: 5 };
const prefers = (word: string) => ({ text }: JudgePrompt) => verdict(text.indexOf(word) < text.indexOf('</first>') ? 'first' : 'second');
const verdict = (better: string, certainty = 0.8) => ({ reasoning: '', better, certainty });

async function compare(answer: (prompt: JudgePrompt) => object | string, options?: ScriptedJudgeOptions) {
  await using judge = await startScriptedJudge(answer, options);
  const { judge: _judge, usage, ...told } = await judge.client.comparePair(PAIR);
  return { told, usage, prompts: judge.asked.map(({ body }) => body.messages![0]!.content) };
}

describe('both orders', () => {
  test.each<[string, (prompt: JudgePrompt) => object, object]>([
    ['the first wherever it stands', prefers('my friend'), { preferred: -1, flipped: false }],
    ['the second wherever it stands', prefers(' 12.'), { preferred: 1, flipped: false }],
    ['a tie both times', () => verdict('tie'), { preferred: 0, flipped: false }],
    ['always the one shown first: a flip is a tie', () => verdict('first'), { preferred: 0, flipped: true }],
    ['a tie in one order only flips too', ({ text }) => verdict(text.indexOf('my friend') < text.indexOf('</first>') ? 'first' : 'tie'), { preferred: 0, flipped: true }],
  ])('%s', async (_, answer, outcome) => {
    const { told, usage } = await compare(answer);
    expect(told).toEqual({ status: VerdictStatus.SCORED, reason: '', certainty: 0.8, votes: [], ...outcome });
    expect(usage).toMatchObject([{ role: 'judge', calls: 2 }]);
  });

  test('differ in nothing but the place of the dialogues, and the certainty is the mean', async () => {
    const { told, prompts } = await compare(({ text }) => verdict('tie', text.indexOf('my friend') < text.indexOf('</first>') ? 0.9 : 0.5));
    expect(told.certainty).toBeCloseTo(0.7, 12);
    const [straight, swapped] = prompts as [string, string];
    const between = (text: string, tag: string) => new RegExp(`<${tag}>\\n(.*?)\\n</${tag}>`, 's').exec(text)![1];
    expect(between(straight, 'first')).toBe(between(swapped, 'second'));
    expect(between(straight, 'second')).toBe(between(swapped, 'first'));
    expect(between(straight, 'preferences')).toBe(between(swapped, 'preferences'));
    expect(between(straight, 'first')).not.toBe(between(straight, 'second'));
  });

  test('a vote needs both: one order that cannot be read leaves it unscored with the reason', async () => {
    const { told } = await compare(({ text }) => (text.indexOf('my friend') < text.indexOf('</first>') ? verdict('first') : 'Hm.'));
    expect(told).toEqual({ status: VerdictStatus.UNSCORED, reason: expect.stringContaining('schema "pair_verdict"') as string, preferred: 0, flipped: false, certainty: 0, votes: [] });
  });
});

test('a panel decides by majority, keeps every vote, and calls what has no majority a tie', async () => {
  const opinions: Record<string, (prompt: JudgePrompt) => object> = { friend: prefers('my friend'), other: prefers(' 12.'), flips: () => verdict('first') };
  const panelOf = (...panel: string[]) => compare((prompt) => opinions[prompt.model]!(prompt), { panel });
  const { told } = await panelOf('friend', 'other', 'friend');
  expect(told).toMatchObject({ preferred: -1, flipped: false, votes: [{ panelist: 0, preferred: -1 }, { panelist: 1, preferred: 1 }, { panelist: 2, preferred: -1 }] });
  expect((await panelOf('friend', 'other')).told).toMatchObject({ status: VerdictStatus.SCORED, preferred: 0, flipped: false });
  expect((await panelOf('flips', 'flips', 'friend')).told).toMatchObject({ preferred: 0, flipped: true, votes: [{ flipped: true }, { flipped: true }, { flipped: false }] });
});

test('a dialogue in which the agent never answers cannot be compared', async () => {
  await using judge = await startScriptedJudge(() => verdict('tie'));
  await expect(judge.client.comparePair({ ...PAIR, second: [says('assistant', 'Hello!')] })).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('the second has no agent turn') as string });
});
