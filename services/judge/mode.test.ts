import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgedSession, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt } from '../../test/support/scripted-judge.ts';

/** Follows the preference with the word on the turn that is asked for. */
const oneTurn = ({ text, preferences }: JudgePrompt) => {
  const turn = Number(/<turn>(\d)<\/turn>/.exec(text)![1]);
  return turnJson(turn, { followed: [preferences.findIndex((one) => one.includes('friend')) + 1] });
};

test('mode turn: JudgeSession makes one call a turn, each with the dialogue cut after its turn and an order of its own', async () => {
  await using judge = await startScriptedJudge(oneTurn, { config: { mode: 'turn' } });
  const { turns, judge: identity } = await judge.client.judgeSession(judgedSession());
  expect(turns.map(({ turn, followedIds }) => [turn, followedIds])).toEqual([[0, ['kind']], [1, ['kind']]]);
  expect(identity?.mode).toBe('turn');
  const prompts = judge.asked.map(({ body }) => body.messages![0]!.content).sort((a, b) => a.length - b.length);
  expect(prompts).toHaveLength(2);
  expect(prompts[0]).toContain('There are twelve tulips.\n</dialogue>');
  expect(prompts[0]).not.toContain('Please use bullet points.');
  expect(prompts[1]).toContain('They hold twelve tulips.\n</dialogue>');
  expect(new Set(judge.asked.map(({ body }) => body['seed'])).size).toBe(2);
});

test('the default: one call a session, the transcript before the preferences', async () => {
  await using judge = await startScriptedJudge(() => ({ turns: [turnJson(0), turnJson(1)] }));
  const { judge: identity } = await judge.client.judgeSession(judgedSession());
  expect(identity?.mode).toBe('session');
  expect(judge.asked).toHaveLength(1);
  const prompt = judge.asked[0]!.body.messages![0]!.content;
  expect(prompt.indexOf('</dialogue>')).toBeLessThan(prompt.indexOf('<preferences>'));
});

test('with the cache equal inputs are one call, another seed, repeat or model is another', async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'attune-judge-'));
  try {
    await using judge = await startScriptedJudge(() => ({ turns: [turnJson(0), turnJson(1)] }), { cacheDir, panel: ['a', 'b'], config: { votes: 2, maxVotes: 2 } });
    const first = await judge.client.judgeSession(judgedSession());
    expect(judge.asked).toHaveLength(4);
    const again = await judge.client.judgeSession(judgedSession());
    expect(judge.asked).toHaveLength(4);
    expect(again.turns).toEqual(first.turns);
    await judge.client.judgeSession(judgedSession({ seed: 6 }));
    expect(judge.asked).toHaveLength(8);
  } finally {
    await rm(cacheDir, { recursive: true });
  }
});
