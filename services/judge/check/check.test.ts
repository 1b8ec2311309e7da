import { expect, test } from 'vitest';
import { problemBank } from '../../catalogue/index.ts';
import { says, createPromptWatch } from './prompt-watch.ts';
import { startScriptedJudge, turnJson } from '../../../test/support/scripted-judge.ts';
import { erringModel } from '../../../test/support/erring-judge.ts';
import { JUDGE_DEFAULTS } from '../config.ts';
import { anchors } from './anchors.ts';
import { askAnchors, failedAnchors } from './ask-anchors.ts';
import { exampleSessions } from './example-sessions.ts';
import { observeJudge } from './observe-judge.ts';

test('every group has eight anchors with a dialogue or an answer of its own', () => {
  const groups = new Map<string, string[]>();
  for (const { question, kind, request } of anchors()) groups.set(`${question} ${kind}`, [...(groups.get(`${question} ${kind}`) ?? []), JSON.stringify(request)]);
  expect(groups.size).toBe(14);
  for (const requests of groups.values()) expect(new Set(requests).size).toBe(8);
});

test('a judge that always says the same fails, and the sentence says where', async () => {
  await using judge = await startScriptedJudge(({ schema }) => {
    if (schema === 'task_verdict') return { reasoning: '', accuracy: 1, certainty: 1 };
    if (schema === 'probe_verdict') return { reasoning: '', followed: [1], certainty: 1 };
    if (schema === 'pair_verdict') return { reasoning: '', better: 'first', certainty: 1 };
    return { turns: [turnJson(0, { applicable_preferences: [1], followed: [1] })] };
  });
  const { anchors: result, identity } = await askAnchors(judge.client, { seed: 1, concurrency: 8 });
  expect(identity.model).toBe('scripted-judge');
  expect(result.passed).toBe(false);
  expect(result.groups.find(({ question, kind }) => question === 'task' && kind === 'known_bad')).toMatchObject({ asked: 8, right: 0, least: 6, passed: false });
  // What flips with the order is a tie, so equal dialogues pass and no better one is found.
  expect(result.groups.filter(({ question }) => question === 'pair').map(({ kind, right }) => [kind, right])).toEqual([['known_good', 0], ['known_bad', 0], ['identical_pair', 8], ['empty_answer', 0]]);
  expect(failedAnchors(result)).toMatch(/^The judge fails its anchors: task known bad 0 of 8 right \(math-001: should be wrong, found right\)/);
});

test('answers that cannot be read are wrong, and a few anchors of each group are enough for that', async () => {
  await using judge = await startScriptedJudge(() => 'I would rather not.');
  const { anchors: result } = await askAnchors(judge.client, { seed: 1, concurrency: 8, questions: ['task'], perGroup: 2 });
  expect(result.groups.map(({ right, least, passed }) => [right, least, passed])).toEqual([[0, 1, false], [0, 1, false], [0, 1, false]]);
});

test('a judge is asked about each session as often as told, in other orders, with what rules say beside it', async () => {
  const sessions = exampleSessions({ seed: 1, sample: 4 });
  const model = erringModel({ sensitivity: 1, specificity: 1 });
  const options = { config: JUDGE_DEFAULTS, panel: [model], repeats: 3, seed: 1, concurrency: 2 };
  const pairless = sessions.filter(({ method }) => method === 'kept');
  const { items, pairs, blindness } = await observeJudge(pairless, options);
  expect(pairs).toEqual([]);
  expect(items.filter(({ about }) => about === 'task')).toHaveLength(2);
  const turns = items.filter(({ about }) => about === 'turn');
  expect(turns).toHaveLength(2 * 8);
  expect(turns.find(({ turn, userId }) => turn?.preference === userId)?.turn).toMatchObject({ ruled: true });
  for (const { said, turn } of items) expect([said.length, said[0]!.length, turn?.firstHalf[0]?.length ?? 3]).toEqual([1, 3, 3]);
  expect(new Set(turns.map(({ turn }) => JSON.stringify(turn!.firstHalf))).size).toBeGreaterThan(1);
  expect(blindness).toEqual({ questions: 2 * (3 + 3 + 1), naming: 0, dialogues: 0 });
  await expect(observeJudge(sessions, { ...options, repeats: 1 })).rejects.toThrow(/at least 2 repeats, found 1/);
});

test('a question that names the method is found; a dialogue that does so on its own is not blamed on the question', async () => {
  const watch = createPromptWatch();
  const model = watch.watch(erringModel({ sensitivity: 1, specificity: 1 }), 'rag', ['A rag rug for the hall.']);
  const ask = (content: string) => model.completeJson({ messages: [{ role: 'user', content }], temperature: 0, maxTokens: 9, seed: 1 }, { name: 'task_verdict', schema: { parse: (value: unknown) => value } as never }).catch(() => null);
  await ask('<dialogue>A rag rug for the hall.</dialogue>');
  await ask('A dialogue by RAG: A rag rug for the hall.');
  await ask('What a drag.');
  expect(watch.counts).toEqual({ questions: 3, naming: 1 });
  expect([says('vanilla ice', 'vanilla'), says('vanillas', 'vanilla'), says('', '')]).toEqual([true, false, false]);
});

test('the bank has the problems that anchors name', () => {
  const known = new Set(problemBank().map(({ task }) => task?.problemId));
  for (const anchor of anchors()) if (anchor.question === 'task') expect(known).toContain(anchor.id);
});
