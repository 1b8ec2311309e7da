import { describe, expect, test } from 'vitest';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { JudgeDefinition, VerdictStatus, type JudgeProbeRequest, type JudgeServiceImplementation, type JudgeSessionRequest } from '../gen/attune/judge/v1/judge.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import { SessionRecord, SessionStatus, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import { createRandom } from '../platform/random.ts';
import { connect } from '../platform/rpc.ts';
import { judgeStages, stagesOf } from './judge-sessions.ts';
import type { StageOutcome } from './judge-sessions.ts';

const INPUTS = {
  profileOf: ({ userId }: SessionRecord) => Profile.fromPartial({ userId, preferences: [{ id: `${userId}-a` }, { id: `${userId}-b` }] }),
  problemOf: ({ problemId }: SessionRecord) => Problem.fromPartial({ task: { problemId, problem: `problem ${problemId}` }, solution: 'solution' }),
};

/** A session of three turns whose second message carries the probe. */
function session(number: number, changes: Partial<SessionRecord> = {}): SessionRecord {
  const turn = (n: number) => ({ turn: n, user: { userMessage: `message ${n} of ${number}`, probePlanted: n === 1 }, agent: { agentMessage: `reply ${n} of ${number}` } });
  return {
    ...SessionRecord.fromPartial({ schemaVersion: 1, method: 'rag', userId: `u${number % 2}`, session: number, problemId: `q${number}`, seed: 100 + number, status: SessionStatus.OK, greeting: 'Hello!', turns: [turn(0), turn(1), turn(2)], finalDraft: '12', probe: { candidateIds: ['a', 'b'], turn: 1 } }),
    ...changes,
  };
}

/** A judge that keeps what it was asked and whose verdicts follow from that alone. */
async function withJudge<T>(work: (judge: ReturnType<typeof connect<typeof JudgeDefinition>>['client'], asked: Asked[]) => Promise<T>, fails: string[] = []): Promise<T> {
  const asked: Asked[] = [];
  const answer = (kind: string, request: { seed: number }) => {
    asked.push({ kind, request });
    if (fails.includes(kind)) throw new AttuneError('unavailable', `Nobody answers for ${kind}.`);
    return { judge: { model: 'stub' }, usage: [{ role: 'judge', model: 'stub', calls: 1, promptTokens: request.seed % 100, latencyMs: performance.now() }] };
  };
  const judge: JudgeServiceImplementation = {
    judgeTurn: refuse,
    comparePair: refuse,
    judgeTask: async (request) => ({ ...answer('task', request), verdict: { status: VerdictStatus.SCORED, correct: request.seed % 2 === 0 } }),
    judgeSession: async (request) => ({ ...answer('turns', request), turns: [{ turn: 0, status: VerdictStatus.SCORED, certainty: (request.seed % 10) / 10 }] }),
    judgeProbe: async (request) => ({ ...answer('probe', request), verdict: { status: VerdictStatus.SCORED, followedId: request.profile!.preferences[request.seed % 2]!.id } }),
  };
  const { client, close } = connect(JudgeDefinition, judge);
  try {
    return await work(client, asked);
  } finally {
    await close();
  }
}

const refuse = () => {
  throw new AttuneError('unimplemented', 'A finished session does not ask for this.');
};

interface Asked {
  kind: string;
  request: unknown;
}

async function judged(records: readonly SessionRecord[], fails: string[] = []): Promise<{ outcomes: StageOutcome[]; asked: Asked[] }> {
  return withJudge(async (judge, asked) => {
    const outcomes: StageOutcome[] = [];
    const signal = new AbortController().signal;
    for (const record of records) await judgeStages(record, INPUTS, judge, { signal, onStage: async (outcome) => void outcomes.push(outcome) });
    return { outcomes, asked };
  }, fails);
}

describe('the stages of a session', () => {
  const [first, second, third] = session(0).turns as [SessionRecord['turns'][number], SessionRecord['turns'][number], SessionRecord['turns'][number]];
  test.each<[string, Partial<SessionRecord>, string[]]>([
    ['its probe was asked and answered', {}, ['task', 'turns', 'probe']],
    ['no probe was planned', { probe: undefined }, ['task', 'turns']],
    ['the probe was never asked', { turns: [first] }, ['task', 'turns']],
    ['the agent failed on the probe', { turns: [first, { ...second, agent: undefined }], status: SessionStatus.AGENT_ERROR }, ['task', 'turns']],
    ['the session failed after it', { turns: [first, second, { ...third, agent: undefined }], status: SessionStatus.AGENT_ERROR }, ['task', 'turns', 'probe']],
    ['nothing happened', { turns: [], status: SessionStatus.SIM_ERROR }, ['task', 'turns']],
  ])('%s', (_, changes, stages) => {
    expect(stagesOf(session(0, changes))).toEqual(stages);
  });
});

describe('what is judged', () => {
  test('the draft, the whole dialogue, and the dialogue up to the reply to the probe, each joined by id', async () => {
    const { asked } = await judged([session(3)]);
    const of = (kind: string) => asked.find((one) => one.kind === kind)!.request;
    const texts = (request: unknown) => (request as JudgeSessionRequest).dialogue.map(({ role, content }) => `${role === Role.USER ? 'u' : 'a'} ${content}`);
    expect(of('task')).toMatchObject({ draftAnswer: '12', problem: { task: { problemId: 'q3' } } });
    expect(texts(of('turns'))).toEqual(['a Hello!', 'u message 0 of 3', 'a reply 0 of 3', 'u message 1 of 3', 'a reply 1 of 3', 'u message 2 of 3', 'a reply 2 of 3']);
    expect(texts(of('probe'))).toEqual(texts(of('turns')).slice(0, 5));
    expect((of('probe') as JudgeProbeRequest).profile?.userId).toBe('u1');
    expect((of('probe') as JudgeProbeRequest).probe).toEqual(session(3).probe);
  });

  test('nothing of the method or of memory travels to the judge', async () => {
    const { asked } = await judged([session(0, { method: 'my_method', memoryAfter: 'my_method' })]);
    expect(asked).toHaveLength(3);
    expect(JSON.stringify(asked)).not.toContain('my_method');
  });
});

test('judging twice or in another order does not change verdict records', async () => {
  const records = [0, 1, 2, 3, 4, 5].map((number) => session(number, number === 4 ? { probe: undefined } : {}));
  const linesOf = async (order: readonly SessionRecord[]) => {
    const { outcomes } = await judged(order);
    return outcomes.map((outcome) => JSON.stringify('verdict' in outcome && VerdictRecord.toJSON(outcome.verdict))).sort();
  };
  const once = await linesOf(records);
  expect(once).toHaveLength(17);
  expect(new Set(once).size).toBe(17);
  expect(await linesOf(createRandom(3).shuffle(records))).toEqual(once);
  expect([...new Set(await linesOf([...records, ...createRandom(4).shuffle(records)]))].sort()).toEqual(once);
});

test('a stage that cannot be judged is a failure, the others are judged, and stages can be named', async () => {
  const { outcomes } = await judged([session(0)], ['turns']);
  expect(outcomes.map(({ stage }) => stage).sort()).toEqual(['probe', 'task', 'turns']);
  expect(outcomes.find(({ stage }) => stage === 'turns')).toMatchObject({ failure: { code: 'unavailable', message: expect.stringContaining('Nobody answers') as string } });
  expect(outcomes.filter((outcome) => 'verdict' in outcome)).toHaveLength(2);
  const named = await withJudge(async (judge, asked) => {
    await judgeStages(session(0), INPUTS, judge, { signal: new AbortController().signal, stages: ['probe'], onStage: async () => undefined });
    return asked.map(({ kind }) => kind);
  });
  expect(named).toEqual(['probe']);
});
