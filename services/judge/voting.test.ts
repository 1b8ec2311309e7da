import { describe, expect, test } from 'vitest';
import { judgedSession, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt, ScriptedJudgeOptions } from '../../test/support/scripted-judge.ts';
import { VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { seedFrom } from '../platform/random.ts';
import { majority } from './voting.ts';

const PROBLEM = Problem.fromPartial({ task: { problemId: 'p', problem: 'How many?' }, solution: '12' });
const UNREADABLE = 'I would rather not say.';

/** What one vote says of the preference that no rule decides, and of all turns alike. */
const SAYS = {
  followed: (friend: number) => ({ applicable_preferences: [friend], followed: [friend], certainty: 0.8 }),
  violated: (friend: number) => ({ applicable_preferences: [friend], violated: [{ preference: friend, type: 'wrong_tone' }], certainty: 0.6 }),
  neither: (friend: number) => ({ applicable_preferences: [friend], certainty: 0.4 }),
  absent: () => ({ certainty: 1 }),
  over: (friend: number) => ({ over_personalization: [friend], certainty: 0.5 }),
  overruled: (friend: number) => ({ overruled: [friend], certainty: 0.5 }),
};
type Says = keyof typeof SAYS | 'unreadable';

/** Which repeat of a single judge has this seed, when the request's is `first`. */
function repeatOf(seed: number, first: number): number {
  return Array.from({ length: 12 }, (_, repeat) => (repeat === 0 ? first : seedFrom(first, 'vote', 0, repeat))).indexOf(seed);
}

/** Judges the session with votes that say what is listed, in the order of their repeats. */
async function voteOn(said: readonly Says[], options: ScriptedJudgeOptions) {
  const repeats = new Set<number>();
  await using judge = await startScriptedJudge(({ seed, preferences }: JudgePrompt) => {
    const repeat = repeatOf(seed, judgedSession().seed);
    repeats.add(repeat);
    const opinion = said[repeat]!;
    if (opinion === 'unreadable') return UNREADABLE;
    const friend = preferences.findIndex((text) => text.includes('friend')) + 1;
    return { turns: [0, 1].map((turn) => turnJson(turn, SAYS[opinion](friend))) };
  }, options);
  const { turns } = await judge.client.judgeSession(judgedSession());
  return { verdict: turns[0]!, asked: repeats.size };
}

describe('the majority of the votes', () => {
  test.each<[Says[], { applicable: boolean; followed: boolean | null; certainty: number }]>([
    [['followed', 'followed', 'violated'], { applicable: true, followed: true, certainty: 2.2 / 3 }],
    [['violated', 'followed', 'violated'], { applicable: true, followed: false, certainty: 2 / 3 }],
    [['followed', 'absent', 'absent'], { applicable: false, followed: null, certainty: 2.8 / 3 }],
    [['followed', 'violated', 'absent'], { applicable: true, followed: null, certainty: 2.4 / 3 }],
    [['followed', 'neither', 'neither'], { applicable: true, followed: null, certainty: 1.6 / 3 }],
    [['followed', 'followed', 'absent'], { applicable: true, followed: true, certainty: 2.6 / 3 }],
    [['followed', 'unreadable', 'followed'], { applicable: true, followed: true, certainty: 0.8 }],
    [['unreadable', 'unreadable', 'violated'], { applicable: true, followed: false, certainty: 0.6 }],
    [['followed', 'absent', 'unreadable'], { applicable: false, followed: null, certainty: 0.9 }],
  ])('%j', async (said, expected) => {
    const { verdict } = await voteOn(said, { config: { votes: 3, maxVotes: 3 } });
    expect(verdict.status).toBe(VerdictStatus.SCORED);
    expect(verdict.applicableIds).toEqual(expected.applicable ? ['kind'] : []);
    expect(verdict.followedIds).toEqual(expected.followed === true ? ['kind'] : []);
    expect(verdict.violations).toEqual(expected.followed === false ? [{ preferenceId: 'kind', type: 'wrong_tone' }] : []);
    expect(verdict.certainty).toBeCloseTo(expected.certainty, 12);
  });

  test('over-applied and overruled are voted on likewise', async () => {
    expect((await voteOn(['over', 'over', 'followed'], { config: { votes: 3, maxVotes: 3 } })).verdict).toMatchObject({ overAppliedIds: ['kind'], applicableIds: [] });
    expect((await voteOn(['over', 'absent'], { config: { votes: 2, maxVotes: 2 } })).verdict).toMatchObject({ overAppliedIds: [], applicableIds: [] });
    expect((await voteOn(['overruled', 'followed', 'overruled'], { config: { votes: 3, maxVotes: 3 } })).verdict).toMatchObject({ overruledIds: ['kind'], applicableIds: [] });
  });

  test('every vote is kept, the unreadable one with its reason; a single one is not kept twice', async () => {
    const { verdict } = await voteOn(['followed', 'unreadable', 'violated'], { config: { votes: 3, maxVotes: 3 } });
    expect(verdict.votes).toMatchObject([
      { panelist: 0, repeat: 0, reason: '', applicableIds: ['kind'], followedIds: ['kind'], violations: [], certainty: 0.8 },
      { panelist: 0, repeat: 1, reason: expect.stringContaining('schema "session_verdicts"') as string, applicableIds: [], certainty: 0 },
      { panelist: 0, repeat: 2, reason: '', applicableIds: ['kind'], followedIds: [], violations: [{ preferenceId: 'kind', type: 'wrong_tone' }], certainty: 0.6 },
    ]);
    expect((await voteOn(['followed'], {})).verdict.votes).toEqual([]);
  });

  test('no readable vote: unscored with the reason, not one id and no certainty', async () => {
    const { verdict } = await voteOn(['unreadable', 'unreadable'], { config: { votes: 2, maxVotes: 7 } });
    expect(verdict).toMatchObject({ status: VerdictStatus.UNSCORED, reason: expect.stringMatching(/^None of the 2 votes can be read.*session_verdicts/) as string, applicableIds: [], followedIds: [], violations: [], ruleDecidedIds: [], certainty: 0 });
    expect(verdict.votes).toHaveLength(2);
  });

  test('a rule decides over all votes, and is compared with their majority', async () => {
    await using judge = await startScriptedJudge(({ preferences, seed }) => {
      const bullet = preferences.findIndex((text) => text.includes('bullet')) + 1;
      const says = seed === judgedSession().seed ? { violated: [{ preference: bullet, type: 'other' }] } : { followed: [bullet] };
      return { turns: [0, 1].map((turn) => turnJson(turn, says)) };
    }, { config: { votes: 3, maxVotes: 9 } });
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns[0]).toMatchObject({ ruleDecidedIds: ['bullets'], ruleDisagreedIds: ['bullets'], followedIds: [], violations: [{ preferenceId: 'bullets', type: 'other' }] });
    expect(turns[1]).toMatchObject({ ruleDecidedIds: ['bullets'], ruleDisagreedIds: [], followedIds: ['bullets'] });
    // What the votes disagree about is decided by the rule, so more of them would tell nothing.
    expect(judge.asked).toHaveLength(3);
  });
});

describe('more votes where the first disagree', () => {
  test.each<[string, Says[], number]>([
    ['agreement: no more', ['followed', 'followed'], 2],
    ['another opinion: up to the most', ['followed', 'violated', 'followed', 'followed', 'violated'], 5],
    ['disagreement on whether it applies counts too', ['followed', 'absent', 'absent', 'absent', 'followed'], 5],
    ['an unreadable vote is no disagreement', ['followed', 'unreadable'], 2],
  ])('%s', async (_, said, asked) => {
    const found = await voteOn(said, { config: { votes: 2, maxVotes: 5 } });
    expect(found.asked).toBe(asked);
    expect(found.verdict.votes).toHaveLength(asked);
  });

  test('in mode turn only for the turn in question', async () => {
    await using judge = await startScriptedJudge(({ text, preferences, seed }) => {
      const turn = Number(/<turn>(\d)<\/turn>/.exec(text)![1]);
      const friend = preferences.findIndex((one) => one.includes('friend')) + 1;
      const isFirst = repeatOf(seed, seedFrom(judgedSession().seed, 'turn', turn)) === 0;
      return turnJson(turn, SAYS[turn === 0 || isFirst ? 'followed' : 'violated'](friend));
    }, { config: { mode: 'turn', votes: 2, maxVotes: 4 } });
    const { turns } = await judge.client.judgeSession(judgedSession());
    expect(turns.map(({ turn, votes, followedIds, violations }) => [turn, votes.length, followedIds.length, violations.length])).toEqual([[0, 2, 1, 0], [1, 4, 0, 1]]);
  });
});

describe('a panel', () => {
  const judgedBy = (opinions: Record<string, Says>, options: ScriptedJudgeOptions = {}) =>
    startScriptedJudge(({ model, preferences }) => {
      const opinion = opinions[model]!;
      if (opinion === 'unreadable') return UNREADABLE;
      return { turns: [0, 1].map((turn) => turnJson(turn, SAYS[opinion](preferences.findIndex((text) => text.includes('friend')) + 1))) };
    }, { panel: Object.keys(opinions), ...options });

  test('every model votes, each as often, with seeds that all differ', async () => {
    await using judge = await judgedBy({ a: 'followed', b: 'followed', c: 'violated' }, { config: { votes: 2, maxVotes: 2 } });
    const { turns, usage } = await judge.client.judgeSession(judgedSession());
    expect(turns[0]).toMatchObject({ followedIds: ['kind'], violations: [] });
    expect(turns[0]!.votes.map(({ panelist, repeat }) => [panelist, repeat])).toEqual([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]);
    expect(usage.map(({ role, model, calls }) => [role, model, calls])).toEqual([['judge', 'a', 2], ['judge', 'b', 2], ['judge', 'c', 2]]);
    const seeds = judge.asked.map(({ body }) => body['seed']);
    expect(new Set(seeds).size).toBe(6);
    expect(seeds).toContain(judgedSession().seed);
  });

  test('a model that answers nonsense is missing, and the others decide', async () => {
    await using judge = await judgedBy({ a: 'unreadable', b: 'violated', c: 'violated' });
    expect((await judge.client.judgeSession(judgedSession())).turns[0]).toMatchObject({ status: VerdictStatus.SCORED, violations: [{ preferenceId: 'kind' }], certainty: 0.6 });
  });

  test('two against two: neither followed nor violated', async () => {
    await using judge = await judgedBy({ a: 'followed', b: 'violated', c: 'followed', d: 'violated' });
    expect((await judge.client.judgeSession(judgedSession())).turns[0]).toMatchObject({ applicableIds: ['kind'], followedIds: [], violations: [] });
  });

  test('a model that cannot be reached is an error and no vote', async () => {
    await using judge = await startScriptedJudge(({ model }) => (model === 'gone' ? { raw: { status: 401, json: {} } } : { turns: [turnJson(0), turnJson(1)] }), { panel: ['here', 'gone'] });
    await expect(judge.client.judgeSession(judgedSession())).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the final draft answer', () => {
  const vote = async (said: (0 | 1 | 'unreadable')[]) => {
    await using judge = await startScriptedJudge(({ seed }) => {
      const accuracy = said[repeatOf(seed, 4)]!;
      return accuracy === 'unreadable' ? UNREADABLE : { reasoning: `It is ${accuracy}.`, accuracy, certainty: accuracy === 1 ? 0.9 : 0.5 };
    }, { config: { votes: said.length, maxVotes: said.length } });
    return (await judge.client.judgeTask({ problem: PROBLEM, draftAnswer: '12', seed: 4 })).verdict!;
  };

  test('is right when more than half of the readable votes say so, with the reasoning of one that does', async () => {
    expect(await vote([0, 1, 1])).toMatchObject({ status: VerdictStatus.SCORED, correct: true, reasoning: 'It is 1.', votes: [{ correct: false }, { correct: true }, { correct: true }] });
    expect(await vote([0, 'unreadable', 0])).toMatchObject({ status: VerdictStatus.SCORED, correct: false, certainty: 0.5 });
    expect((await vote([0, 'unreadable', 0])).votes[1]).toMatchObject({ panelist: 0, repeat: 1, reason: expect.stringContaining('task_verdict') as string, correct: false, certainty: 0 });
  });

  test('is unscored when the votes are split or none can be read', async () => {
    expect(await vote([0, 1])).toMatchObject({ status: VerdictStatus.UNSCORED, reason: 'Half of the 2 votes call the answer right and half wrong.', correct: false });
    expect(await vote(['unreadable', 'unreadable'])).toMatchObject({ status: VerdictStatus.UNSCORED, reason: expect.stringContaining('None of the 2 votes') as string, correct: false });
  });
});

test('a majority is more than half', () => {
  expect(majority([1, 1, 2])).toBe(1);
  expect(majority([1, 2])).toBeNull();
  expect(majority(['a', 'b', 'a', 'c'])).toBeNull();
  expect(majority(['', '', 'x'])).toBe('');
  expect(majority([])).toBeNull();
});
