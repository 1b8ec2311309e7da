import { describe, expect, test } from 'vitest';
import { BULLETS, judgedSession, says, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt, TurnJson } from '../../test/support/scripted-judge.ts';
import { VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { TurnVerdict } from '../gen/attune/judge/v1/judge.ts';

const FOLLOWS_ALL = (prompt: JudgePrompt) => ({ turns: [0, 1].map((turn) => turnJson(turn, { applicable_preferences: [numberOf(prompt, 'bullet'), numberOf(prompt, 'friend')], followed: [numberOf(prompt, 'bullet'), numberOf(prompt, 'friend')], certainty: 0.75 })) });

describe('what a verdict says', () => {
  test('a rule decides over the model, and where they differ the id is listed', async () => {
    await using judge = await startScriptedJudge(FOLLOWS_ALL);
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns[0]).toEqual({
      ...scored(0),
      applicableIds: ['bullets', 'kind'],
      followedIds: ['kind'],
      violations: [{ preferenceId: 'bullets', type: 'other' }],
      ruleDecidedIds: ['bullets'],
      ruleDisagreedIds: ['bullets'],
      certainty: 0.75,
    });
    expect(turns[1]).toEqual({ ...scored(1), applicableIds: ['bullets', 'kind'], followedIds: ['bullets', 'kind'], ruleDecidedIds: ['bullets'], certainty: 0.75 });
  });

  test('the other way round too: a violation that the rule does not see is none', async () => {
    await using judge = await startScriptedJudge((prompt) => ({ turns: [0, 1].map((turn) => turnJson(turn, { applicable_preferences: [numberOf(prompt, 'bullet')], violated: [{ preference: numberOf(prompt, 'bullet'), type: 'wrong_format' }] })) }));
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns[0]).toMatchObject({ violations: [{ preferenceId: 'bullets', type: 'wrong_format' }], ruleDisagreedIds: [] });
    expect(turns[1]).toMatchObject({ followedIds: ['bullets'], violations: [], ruleDecidedIds: ['bullets'], ruleDisagreedIds: ['bullets'] });
  });

  test('where the rule can say nothing about a reply, the model decides', async () => {
    const tagged = { ...BULLETS, id: 'fence', action: 'put a language tag on each code fence', rule: 'fence-language' };
    await using judge = await startScriptedJudge(() => ({ turns: [0, 1].map((turn) => turnJson(turn, { applicable_preferences: [1], followed: [1] })) }));
    const { turns } = await judge.client.judgeSession(judgedSession({ profile: { ...judgedSession().profile!, preferences: [tagged] } }));
    expect(turns[0]).toMatchObject({ followedIds: ['fence'], ruleDecidedIds: [], ruleDisagreedIds: [] });
  });

  test('what does not apply stays out, even where a rule could decide it', async () => {
    await using judge = await startScriptedJudge(() => ({ turns: [turnJson(0), turnJson(1)] }));
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns).toEqual([{ ...scored(0), certainty: 0.5 }, { ...scored(1), certainty: 0.5 }]);
  });

  test('one that applies and is neither followed nor violated counts as neither', async () => {
    await using judge = await startScriptedJudge((prompt) => ({ turns: [0, 1].map((turn) => turnJson(turn, { applicable_preferences: [numberOf(prompt, 'friend')] })) }));
    expect((await judge.client.judgeSession(judgedSession())).turns[0]).toMatchObject({ applicableIds: ['kind'], followedIds: [], violations: [] });
  });

  test('followed or violated means applicable; over-applied means not applicable', async () => {
    await using judge = await startScriptedJudge((prompt) => {
      const [friend, proof] = [numberOf(prompt, 'friend'), numberOf(prompt, 'recap')];
      return { turns: [0, 1].map((turn) => turnJson(turn, { followed: [friend], over_personalization: [friend, proof, proof] })) };
    });
    expect((await judge.client.judgeSession(judgedSession())).turns[0]).toMatchObject({ applicableIds: ['kind'], followedIds: ['kind'], overAppliedIds: ['proof'] });
  });

  test('what the user asked for in the dialogue outranks a preference: it is listed, and in no other list', async () => {
    await using judge = await startScriptedJudge((prompt) => {
      const [bullet, friend, proof] = [numberOf(prompt, 'bullet'), numberOf(prompt, 'friend'), numberOf(prompt, 'recap')];
      return { turns: [0, 1].map((turn) => turnJson(turn, { overruled: [friend, bullet], applicable_preferences: [bullet, proof], violated: [{ preference: friend, type: 'other' }], over_personalization: [bullet] })) };
    });
    expect((await judge.client.judgeSession(judgedSession())).turns[0]).toEqual({ ...scored(0), overruledIds: ['bullets', 'kind'], applicableIds: ['proof'], certainty: 0.5 });
    expect(judge.asked[0]?.body.messages?.[0]?.content).toMatch(/What the user asks for in the dialogue outranks every preference/);
  });

  test('a user without preferences gets scored turns without ids, whatever the model lists', async () => {
    await using judge = await startScriptedJudge(() => ({ turns: [0, 1].map((turn) => turnJson(turn, { applicable_preferences: [1], followed: [1], over_personalization: [1] })) }));
    const { turns } = await judge.client.judgeSession(judgedSession({ profile: { ...judgedSession().profile!, preferences: [] } }));
    expect(turns).toEqual([{ ...scored(0), certainty: 0.5 }, { ...scored(1), certainty: 0.5 }]);
    await using carried = await startScriptedJudge(() => turnJson(0, { over_personalization: [1] }));
    const { verdict } = await carried.client.judgeTurn({ ...judgedSession(), profile: { ...judgedSession().profile!, preferences: [] }, turn: 0 });
    expect(verdict?.overAppliedIds).toEqual([]);
  });
});

describe('what cannot be read is unscored with the reason, never zero', () => {
  test('a turn that the model leaves out, while the others are scored', async () => {
    await using judge = await startScriptedJudge((prompt) => ({ turns: FOLLOWS_ALL(prompt).turns.slice(1) }));
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns[0]).toEqual({ ...scored(0), status: VerdictStatus.UNSCORED, reason: expect.stringContaining('no entry') as string });
    expect(turns[1]).toMatchObject({ turn: 1, status: VerdictStatus.SCORED, reason: '', followedIds: ['bullets', 'kind'] });
  });

  test('turns that the dialogue does not have are left out, and of two entries the first counts', async () => {
    await using judge = await startScriptedJudge((prompt) => ({ turns: [...FOLLOWS_ALL(prompt).turns, turnJson(1), turnJson(7)] }));
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns.map(({ turn, followedIds }) => [turn, followedIds.length])).toEqual([[0, 1], [1, 2]]);
  });

  test.each([
    ['prose', 'Both replies were fine with me.'],
    ['a number out of range', { turns: [turnJson(0, { followed: [4] })] }],
    ['an unknown type of violation', { turns: [turnJson(0, { violated: [{ preference: 1, type: 'rude' }] })] }],
    ['a certainty above 1', { turns: [turnJson(0, { certainty: 7 })] }],
  ])('%s, three times', async (_, said) => {
    await using judge = await startScriptedJudge(() => said);
    const { turns, usage, judge: identity } = await judge.client.judgeSession(judgedSession());
    expect(judge.asked).toHaveLength(3);
    const reason = expect.stringContaining('schema "session_verdicts"') as string;
    expect(turns).toEqual([0, 1].map((turn) => ({ ...scored(turn), status: VerdictStatus.UNSCORED, reason })));
    expect(usage).toMatchObject([{ role: 'judge', calls: 3 }]);
    expect(identity?.model).toBe('scripted-judge');
  });

  test('prose about one turn', async () => {
    await using judge = await startScriptedJudge(() => 'It was fine.');
    const { verdict } = await judge.client.judgeTurn({ ...judgedSession(), turn: 1 });
    expect(verdict).toEqual({ ...scored(1), status: VerdictStatus.UNSCORED, reason: expect.stringContaining('schema "turn_verdict"') as string });
  });

  test('followed and violated at once is asked again with the contradiction in words', async () => {
    const torn = (prompt: JudgePrompt): TurnJson => turnJson(0, { applicable_preferences: [numberOf(prompt, 'friend')], followed: [numberOf(prompt, 'friend')], violated: [{ preference: numberOf(prompt, 'friend'), type: 'wrong_tone' }] });
    await using judge = await startScriptedJudge((prompt) => (prompt.number === 0 ? { turns: [torn(prompt)] } : FOLLOWS_ALL(prompt)));
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(judge.asked).toHaveLength(2);
    expect(judge.asked[1]?.body.messages?.at(-1)?.content).toMatch(/"turns\.0\.violated": preference \d is also in followed/);
    expect(turns.map(({ status }) => status)).toEqual([VerdictStatus.SCORED, VerdictStatus.SCORED]);
  });
});

test('a session without an agent turn has no verdicts and costs no call', async () => {
  await using judge = await startScriptedJudge(FOLLOWS_ALL);
  const { turns } = await judge.client.judgeSession(judgedSession({ dialogue: [says('assistant', 'Hello!'), says('user', 'Never mind.')] }));
  expect(turns).toEqual([]);
  expect(judge.asked).toHaveLength(0);
});

/** The number under which the prompt lists the preference with this word. */
function numberOf(prompt: JudgePrompt, word: string): number {
  return prompt.preferences.findIndex((text) => text.includes(word)) + 1;
}

function scored(turn: number): TurnVerdict {
  return { turn, status: VerdictStatus.SCORED, reason: '', applicableIds: [], followedIds: [], violations: [], overAppliedIds: [], ruleDecidedIds: [], ruleDisagreedIds: [], certainty: 0, votes: [], overruledIds: [] };
}
