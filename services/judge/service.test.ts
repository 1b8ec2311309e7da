import { describe, expect, test } from 'vitest';
import { judgedSession, says, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt } from '../../test/support/scripted-judge.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { JudgeDefinition, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeSessionRequest } from '../gen/attune/judge/v1/judge.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { createModelHub } from '../platform/models/index.ts';
import { connect } from '../platform/rpc.ts';
import { JUDGE_DEFAULTS } from './config.ts';
import { createJudge } from './service.ts';

const METHODS = ['vanilla', 'contextual', 'reflection', 'reflection_grpo', 'all_memory', 'rag', 'rag_vector'];
const PROBLEM = Problem.fromPartial({ task: { problemId: 'tulips-1', dataset: 'own-set', domain: 'math', instruction: 'Solve it.', problem: 'Four rows of three tulips; how many?' }, solution: 'Four times three is 12.', level: 1 });

describe('the final draft answer', () => {
  test.each([
    [1, true],
    [0, false],
  ])('accuracy %s is scored as correct: %s', async (accuracy, correct) => {
    await using judge = await startScriptedJudge(() => ({ reasoning: 'As the reference says.', accuracy, certainty: 0.75 }));
    const { verdict, usage } = await judge.client.judgeTask({ problem: PROBLEM, draftAnswer: 'twelve', seed: 3 });
    expect(verdict).toEqual({ status: VerdictStatus.SCORED, reason: '', correct, reasoning: 'As the reference says.', certainty: 0.75, votes: [] });
    expect(usage).toMatchObject([{ role: 'judge', model: 'scripted-judge', calls: 1, promptTokens: 10, completionTokens: 5 }]);
  });

  test.each([['prose', 'I think so.'], ['a number between', { reasoning: 'Half right.', accuracy: 0.5, certainty: 1 }], ['no certainty', { reasoning: 'Right.', accuracy: 1 }]])('%s is unscored with the reason', async (_, said) => {
    await using judge = await startScriptedJudge(() => said);
    const { verdict } = await judge.client.judgeTask({ problem: PROBLEM, draftAnswer: 'twelve', seed: 3 });
    expect(verdict).toEqual({ status: VerdictStatus.UNSCORED, reason: expect.stringContaining('schema "task_verdict"') as string, correct: false, reasoning: '', certainty: 0, votes: [] });
    expect(judge.asked).toHaveLength(3);
  });

  test('the model sees problem, reference and answer, and the call has seed, temperature and limit', async () => {
    await using judge = await startScriptedJudge(() => ({ reasoning: '', accuracy: 1, certainty: 1 }), { config: { maxTokens: 99 } });
    await judge.client.judgeTask({ problem: PROBLEM, draftAnswer: 'twelve </answer> or so', seed: 3 });
    const { messages, seed, temperature, max_tokens } = judge.asked[0]!.body;
    const prompt = messages?.[0]?.content ?? '';
    expect(prompt).toContain('<problem>\nFour rows of three tulips; how many?\n</problem>');
    expect(prompt).toContain('<reference>\nFour times three is 12.\n</reference>');
    expect(prompt).toContain('<answer>\ntwelve </answer> or so\n</answer>');
    expect({ seed, temperature, max_tokens }).toEqual({ seed: 3, temperature: 0, max_tokens: 99 });
  });

  test('without a problem: invalid_argument', async () => {
    await using judge = await startScriptedJudge(() => ({}));
    await expect(judge.client.judgeTask({ draftAnswer: '12' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('one turn', () => {
  test('its prompt ends with that turn, also when the caller sends the whole session', async () => {
    await using judge = await startScriptedJudge(() => turnJson(0));
    await judge.client.judgeTurn({ ...judgedSession(), turn: 0 });
    const prompt = judge.asked[0]?.body.messages?.[0]?.content ?? '';
    expect(prompt).toContain('<dialogue>\n[agent greeting] Hello! What can I do?\n\n[user] How many tulips are there?\n\n[agent turn 0] There are twelve tulips.\n</dialogue>');
    expect(prompt).toContain('<turn>0</turn>');
    expect(prompt).not.toContain('Please use bullet points.');
  });

  test.each([
    ['a turn that the dialogue does not have', { turn: 2 }],
    ['no profile', { turn: 0, profile: undefined }],
    ['a message without a role', { turn: 0, dialogue: [says('user', 'Hm.'), { role: Role.UNSPECIFIED, content: 'Who?' }] }],
  ])('%s: invalid_argument', async (_, changes) => {
    await using judge = await startScriptedJudge(() => turnJson(0));
    await expect(judge.client.judgeTurn({ ...judgedSession(), ...changes })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(judge.asked).toHaveLength(0);
  });
});

describe('blindness', () => {
  const anything = ({ schema }: JudgePrompt) => ANSWERS[schema]!;
  const askEverything = async (judge: Awaited<ReturnType<typeof startScriptedJudge>>, request: Pick<JudgeSessionRequest, 'profile' | 'dialogue'>, problem: object, probe: object, extra: object = {}) => {
    await judge.client.judgeSession({ ...request, ...extra });
    await judge.client.judgeTurn({ ...request, ...extra, turn: 0 });
    await judge.client.judgeTask({ ...extra, problem, draftAnswer: '12' });
    await judge.client.judgeProbe({ ...request, ...extra, dialogue: request.dialogue.slice(0, -1), probe });
    await judge.client.comparePair({ profile: request.profile, first: request.dialogue, second: request.dialogue, ...extra });
    expect(judge.asked).toHaveLength(6);
  };

  test('nothing but preferences, dialogues, problem and answer reaches the model: no name of a method, no id, no source, nothing of a probe', async () => {
    for (const method of METHODS) {
      const mark = `${method}-method`;
      await using judge = await startScriptedJudge(anything);
      const session = judgedSession();
      const preferences = session.profile!.preferences.map((one) => ({ ...one, id: `${mark}-${one.id}`, category: mark, conflictGroup: mark, cues: [mark] }));
      const profile = { userId: mark, persona: mark, source: mark, preferences, conflictGroups: [{ name: mark, preferenceIds: [mark] }] };
      const problem = { ...PROBLEM, task: { ...PROBLEM.task, problemId: mark, dataset: mark, domain: mark, instruction: mark } };
      const candidateIds = preferences.slice(0, 2).map(({ id }) => id);
      const probe = { candidateIds, expectedId: candidateIds[0], conflictGroup: mark, query: mark, cueSpan: mark, variant: mark, templateId: mark, lexicalOverlap: { [mark]: 1 } };
      // What is no field of the contract does not travel.
      await askEverything(judge, { ...session, profile: { ...profile, patience: 3 } }, problem, probe, { method: mark, runId: mark, key: { user: { method: mark } } });
      expect(JSON.stringify(judge.asked.map(({ headers, body }) => ({ headers, body })))).not.toContain(mark);
    }
  });

  test('the prompts themselves name no method', async () => {
    await using judge = await startScriptedJudge(anything);
    await askEverything(judge, judgedSession(), PROBLEM, { candidateIds: ['bullets', 'kind'] });
    for (const { body } of judge.asked) expect(body.messages?.[0]?.content).not.toMatch(new RegExp(`\\b(?:${METHODS.join('|')})\\b`, 'i'));
  });
});

describe('a model that does not answer is an error, never a verdict', () => {
  test('nobody listens: unavailable', async () => {
    const hub = createModelHub({ endpoints: { main: { baseUrl: 'http://127.0.0.1:9/v1' } }, cache: { mode: 'off' }, log: { debug() {}, info() {}, warn() {} }, retries: 1, retryBaseMs: 1 });
    const { client } = connect(JudgeDefinition, createJudge(JUDGE_DEFAULTS, { panel: [hub.client('judge', { endpoint: 'main', model: 'none' })] }));
    await expect(client.judgeSession(judgedSession())).rejects.toMatchObject({ name: 'AttuneError', code: 'unavailable' });
    await expect(client.judgeTurn({ ...judgedSession(), turn: 0 })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(client.judgeTask({ problem: PROBLEM, draftAnswer: '12' })).rejects.toMatchObject({ code: 'unavailable' });
    await hub.close();
  });

  test.each([['a refused key', { status: 401, json: {} }, 'unauthenticated'], ['a broken answer', { text: '<html>' }, 'data_loss']])('%s', async (_, raw, code) => {
    await using judge = await startScriptedJudge(() => ({ raw }));
    await expect(judge.client.judgeTask({ problem: PROBLEM, draftAnswer: '12' })).rejects.toMatchObject({ code });
  });

  test('a cancelled judgement', async () => {
    await using judge = await startScriptedJudge(() => ({ raw: { hang: true, json: {} } }));
    const stop = new AbortController();
    const asked = judge.client.judgeSession(judgedSession(), { signal: stop.signal });
    await expect.poll(() => judge.asked.length).toBe(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** Any answer of each kind. */
const ANSWERS: Record<string, object> = {
  session_verdicts: { turns: [] },
  turn_verdict: turnJson(0),
  task_verdict: { reasoning: '', accuracy: 1, certainty: 1 },
  probe_verdict: { reasoning: '', followed: [], certainty: 1 },
  pair_verdict: { reasoning: '', better: 'tie', certainty: 1 },
};
