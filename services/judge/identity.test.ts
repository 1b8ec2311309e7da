import { describe, expect, test } from 'vitest';
import { judgedSession, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt } from '../../test/support/scripted-judge.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { JUDGE_DEFAULTS, readJudgeConfig } from './config.ts';
import { createJudge, judgePromptHashes } from './service.ts';
import { PARSER_VERSION } from './verdict-format.ts';

const PROBLEM = Problem.fromPartial({ task: { problemId: 'p', problem: 'How many?' }, solution: '12' });
const ANSWERS: Record<string, object> = {
  session_verdicts: { turns: [turnJson(0), turnJson(1)] },
  turn_verdict: turnJson(0),
  task_verdict: { reasoning: '', accuracy: 1, certainty: 1 },
  probe_verdict: { reasoning: '', followed: [1], certainty: 1 },
  pair_verdict: { reasoning: '', better: 'first', certainty: 1 },
};
const anything = ({ schema }: JudgePrompt) => ANSWERS[schema]!;

async function identities(options: Parameters<typeof startScriptedJudge>[1]) {
  await using judge = await startScriptedJudge(anything, options);
  const { client } = judge;
  const session = judgedSession();
  const answers = {
    session: await client.judgeSession(session),
    turn: await client.judgeTurn({ ...session, turn: 0 }),
    task: await client.judgeTask({ problem: PROBLEM, draftAnswer: '12' }),
    probe: await client.judgeProbe({ ...session, dialogue: session.dialogue.slice(0, -1), probe: { candidateIds: ['bullets', 'kind'] } }),
    pair: await client.comparePair({ profile: session.profile, first: session.dialogue, second: session.dialogue }),
  };
  return Object.fromEntries(Object.entries(answers).map(([name, { judge: identity }]) => [name, identity!]));
}

describe('who judged stands in every answer', () => {
  test('one model: its name, one hash of all prompts, the version of the reading, and how turns were asked for', async () => {
    const { session, turn, ...others } = await identities({ panel: ['some/judge-8b'] });
    const same = { model: 'some/judge-8b', promptHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, parserVersion: PARSER_VERSION, panel: [], votes: 1 };
    expect(session).toEqual({ ...same, mode: 'session' });
    expect(turn).toEqual({ ...same, mode: 'turn' });
    for (const identity of Object.values(others)) expect(identity).toEqual({ ...same, mode: '' });
    expect(new Set([session, turn, ...Object.values(others)].map((identity) => identity!.promptHash)).size).toBe(1);
    expect(Object.keys(judgePromptHashes()).sort()).toEqual(['judge/pair', 'judge/probe', 'judge/session', 'judge/task', 'judge/turn']);
  });

  test('a panel: every model in order, the mode, and the votes of each', async () => {
    const found = await identities({ panel: ['judge-b', 'judge-a'], config: { mode: 'turn', votes: 2, maxVotes: 3 } });
    expect(found.session).toMatchObject({ model: 'judge-b+judge-a', panel: ['judge-b', 'judge-a'], mode: 'turn', votes: 2 });
    expect(found.probe).toMatchObject({ model: 'judge-b+judge-a', panel: ['judge-b', 'judge-a'], mode: '', votes: 2 });
  });
});

test.each([
  ['fewer at most than at first', { votes: 3, maxVotes: 2 }, 'found 2 and 3'],
  ['more where a single vote disagrees with itself', { votes: 1, maxVotes: 5 }, 'ask for 2 votes or more, or name a panel'],
])('%s: refused at the start', (_, votes, sentence) => {
  const model = { model: 'm' } as Parameters<typeof createJudge>[1]['panel'][number];
  expect(() => createJudge({ ...JUDGE_DEFAULTS, ...votes }, { panel: [model] })).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(sentence) as string }));
  if (votes.votes === 1) expect(() => createJudge({ ...JUDGE_DEFAULTS, ...votes }, { panel: [model, model] })).not.toThrow();
});

describe('settings of a judge that runs alone', () => {
  const MODEL = { ATTUNE_MODEL_URL: 'http://localhost:8000/v1', ATTUNE_MODEL: 'large', ATTUNE_API_KEY: 'key' };

  test('nothing said: the chat model alone, one vote, one call a session', () => {
    const place = { url: 'http://localhost:8000/v1', model: 'large', apiKey: 'key' };
    expect(readJudgeConfig(MODEL)).toMatchObject({ ...JUDGE_DEFAULTS, panel: [place], votes: 1, maxVotes: 1, mode: 'session' });
  });

  test('a panel in place of it, each a name at the same endpoint or a name and an address', () => {
    const config = readJudgeConfig({ ...MODEL, ATTUNE_JUDGE_PANEL: 'org/one, two@http://other:8000/v1/', ATTUNE_JUDGE_MODE: 'turn', ATTUNE_JUDGE_VOTES: '3', ATTUNE_JUDGE_MAX_VOTES: '11' });
    expect(config.panel).toEqual([
      { url: 'http://localhost:8000/v1', model: 'org/one', apiKey: 'key' },
      { url: 'http://other:8000/v1', model: 'two', apiKey: 'key' },
    ]);
    expect(config).toMatchObject({ mode: 'turn', votes: 3, maxVotes: 11 });
    expect(readJudgeConfig({ ...MODEL, ATTUNE_JUDGE_VOTES: '3' }).maxVotes).toBe(3);
  });

  test('what is wrong is said in one sentence', () => {
    expect(() => readJudgeConfig({ ...MODEL, ATTUNE_JUDGE_MODE: 'line', ATTUNE_JUDGE_VOTES: '3', ATTUNE_JUDGE_MAX_VOTES: '2' })).toThrow(/ATTUNE_JUDGE_MODE should be one of session, turn.*ATTUNE_JUDGE_MAX_VOTES should be a whole number of at least 3, found "2"/);
  });
});
