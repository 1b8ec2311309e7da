import { expect, test } from 'vitest';
import { says } from '../../test/support/scripted-judge.ts';
import { startSimulatedModel } from '../../test/support/simulated-models.ts';
import { finalAnswerOf, generateProbes, generateProfiles, problemBank } from '../catalogue/index.ts';
import type { TurnVerdict } from '../gen/attune/judge/v1/judge.ts';
import { JudgeDefinition, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { createRandom } from '../platform/random.ts';
import { connect } from '../platform/rpc.ts';
import { JUDGE_DEFAULTS } from './config.ts';
import { createJudge } from './service.ts';

const ASKED = ['Quick question: what is four times three?', 'Why does that hold? Please prove it.', 'How do I set up Python code for this? Compare the options.', 'Thanks! What is the probability of that, and the derivative?'];
const REPLIES = [
  'The answer is 12.',
  '- First option\n- Second option\n\nThe answer is 12.',
  '1. Take four.\n2. Next, take it three times.\n3. So the answer is 12.',
  'Great question! Intuitively, four groups of three are twelve, because each group adds three. Formally, 4 · 3 = 12. Does that help? Let me know if you want more.',
  'Claim: it is twelve.\n\nProof sketch: add three four times.\n\nRecap: twelve.',
  '```python\ndef times(first_number: int, second_number: int) -> int:\n    # multiply\n    return first_number * second_number\n```',
  '| Option | Cost |\n| --- | --- |\n| A | 1 |\n| B | 2 |\n\nI recommend A.',
  'Could you tell me which numbers you mean?',
];
const PROFILES = generateProfiles({ count: 6, seed: 21 });

test('JudgeTurn and JudgeSession mostly say the same of every turn and preference', async () => {
  await using simulated = await startSimulatedModel('judge');
  const judge = judgeOf(simulated.model);
  const all = PROFILES.map((profile, index) => ({ profile, dialogue: dialogueOf(index), seed: index }));
  let same = 0;
  let compared = 0;
  for (const request of all) {
    const { turns } = await judge.judgeSession(request);
    expect(turns.map(({ status }) => status)).toEqual(ASKED.map(() => VerdictStatus.SCORED));
    for (const inSession of turns) {
      const { verdict } = await judge.judgeTurn({ ...request, turn: inSession.turn, seed: request.seed + 1000 });
      const ids = [...new Set([...inSession.applicableIds, ...verdict!.applicableIds])];
      compared += ids.length;
      same += ids.filter((id) => opinion(inSession, id) === opinion(verdict!, id)).length;
    }
  }
  expect(compared).toBeGreaterThan(40);
  expect(same / compared).toBeGreaterThan(0.9);
});

test('the same request gets the same verdicts from another replica', async () => {
  await using simulated = await startSimulatedModel('judge');
  await using again = await startSimulatedModel('judge');
  const request = { profile: PROFILES[0], dialogue: dialogueOf(0), seed: 4 };
  const { turns } = await judgeOf(simulated.model).judgeSession(request);
  expect((await judgeOf(again.model).judgeSession(request)).turns).toEqual(turns);
});

test('a turn that only asks the user has no applicable preference', async () => {
  await using simulated = await startSimulatedModel('judge');
  const dialogue = [says('assistant', 'Hello!'), says('user', ASKED[0]!), says('assistant', REPLIES[7]!)];
  for (const profile of PROFILES) {
    const { turns } = await judgeOf(simulated.model).judgeSession({ profile, dialogue, seed: 1 });
    expect(turns).toMatchObject([{ turn: 0, status: VerdictStatus.SCORED, applicableIds: [], followedIds: [], violations: [], overAppliedIds: [] }]);
  }
});

test('every verdict is consistent: followed and violated are apart and applicable, over-applied is not', async () => {
  await using simulated = await startSimulatedModel('judge');
  for (const [index, profile] of PROFILES.entries()) {
    const known = new Set(profile.preferences.map(({ id }) => id));
    const { turns } = await judgeOf(simulated.model).judgeSession({ profile, dialogue: dialogueOf(index), seed: 50 + index });
    for (const { applicableIds, followedIds, violations, overAppliedIds, ruleDecidedIds, ruleDisagreedIds } of turns) {
      const violated = violations.map(({ preferenceId }) => preferenceId);
      expect(followedIds.filter((id) => violated.includes(id))).toEqual([]);
      expect(applicableIds).toEqual(expect.arrayContaining([...followedIds, ...violated, ...ruleDecidedIds]));
      expect(overAppliedIds.filter((id) => applicableIds.includes(id))).toEqual([]);
      expect(ruleDecidedIds).toEqual(expect.arrayContaining(ruleDisagreedIds));
      for (const id of [...applicableIds, ...overAppliedIds]) expect(known).toContain(id);
    }
  }
});

test('of rule-decided verdicts the model disagrees with few', async () => {
  await using simulated = await startSimulatedModel('judge');
  const turns = (await Promise.all(PROFILES.map((profile, index) => judgeOf(simulated.model).judgeSession({ profile, dialogue: dialogueOf(index), seed: index })))).flatMap((answer) => answer.turns);
  const decided = turns.flatMap(({ ruleDecidedIds }) => ruleDecidedIds).length;
  expect(decided).toBeGreaterThan(30);
  expect(turns.flatMap(({ ruleDisagreedIds }) => ruleDisagreedIds).length / decided).toBeLessThan(0.15);
});

test('a draft with the reference\'s result is mostly right, "I don\'t know" never, and another result mostly wrong', async () => {
  await using simulated = await startSimulatedModel('judge');
  const problems = problemBank().filter(({ solution }) => finalAnswerOf(solution) !== null).slice(0, 20);
  const rightOf = async (draftOf: (solution: string) => string) => {
    const answers = await Promise.all(problems.map((problem, seed) => judgeOf(simulated.model).judgeTask({ problem, draftAnswer: draftOf(problem.solution), seed })));
    for (const { verdict } of answers) expect(verdict?.status).toBe(VerdictStatus.SCORED);
    return answers.filter(({ verdict }) => verdict?.correct).length / problems.length;
  };
  expect(problems.length).toBeGreaterThan(9);
  expect(await rightOf((solution) => `The answer is ${finalAnswerOf(solution)}.`)).toBeGreaterThan(0.8);
  expect(await rightOf(() => "I don't know")).toBe(0);
  expect(await rightOf(() => 'The answer is -98765.')).toBeLessThan(0.2);
});

test('the reply to a planned probe gets a verdict on its candidates, the same for any expected preference', async () => {
  await using simulated = await startSimulatedModel('judge');
  const judge = judgeOf(simulated.model);
  const outcomes = new Set<string>();
  for (const { probe, userId } of generateProbes(PROFILES, { seed: 5, sessions: 2, rate: 1 })) {
    const profile = PROFILES.find((one) => one.userId === userId)!;
    for (const [seed, reply] of REPLIES.entries()) {
      const request = { profile, dialogue: [says('assistant', 'Hello!'), says('user', probe.query), says('assistant', reply)], seed };
      const { verdict } = await judge.judgeProbe({ ...request, probe });
      expect(verdict).toMatchObject({ status: VerdictStatus.SCORED, turn: 0 });
      expect([...probe.candidateIds, '']).toContain(verdict!.followedId);
      expect(verdict!.confused && verdict!.followedId !== '').toBe(false);
      outcomes.add(verdict!.confused ? 'several' : verdict!.followedId === '' ? 'neither' : 'one');
      for (const expectedId of probe.candidateIds) expect((await judge.judgeProbe({ ...request, probe: { ...probe, expectedId } })).verdict).toEqual(verdict);
    }
  }
  expect([...outcomes].sort()).toEqual(['neither', 'one', 'several']);
});

test('of two dialogues the one that keeps the preferences is mostly better, and the two of one kind mostly a tie', async () => {
  await using simulated = await startSimulatedModel('judge');
  const bullets = Profile.fromPartial({ userId: 'u', preferences: [{ id: 'b', action: 'use bullets', rule: 'bullets' }] });
  const dialogue = (reply: string) => [says('assistant', 'Hello!'), says('user', ASKED[0]!), says('assistant', reply)];
  const compare = async (first: string, second: string, flipped = false) => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, seed) => judgeOf(simulated.model).comparePair({ profile: bullets, first: dialogue(first), second: dialogue(second), seed })));
    return (preferred: number) => answers.filter((answer) => answer.preferred === preferred && (flipped ? answer.flipped : true)).length / answers.length;
  };
  expect((await compare(REPLIES[1]!, REPLIES[0]!))(-1)).toBeGreaterThan(0.75);
  expect((await compare(REPLIES[0]!, REPLIES[1]!))(1)).toBeGreaterThan(0.75);
  expect((await compare(REPLIES[0]!, REPLIES[0]!))(0)).toBe(1);
  // It has a weakness for the first of two equal ones, which asking in both orders brings to light.
  expect((await compare(REPLIES[0]!, REPLIES[0]!, true))(0)).toBeGreaterThan(0.1);
});

function judgeOf(model: ModelClient) {
  return connect(JudgeDefinition, createJudge(JUDGE_DEFAULTS, { panel: [model] })).client;
}

function dialogueOf(index: number) {
  const random = createRandom(index);
  return [says('assistant', 'Hello! What can I do?'), ...random.shuffle(ASKED).flatMap((asked) => [says('user', asked), says('assistant', random.pick(REPLIES.slice(0, -1)))])];
}

function opinion(verdict: TurnVerdict, id: string): string {
  return verdict.followedIds.includes(id) ? 'followed' : verdict.violations.some(({ preferenceId }) => preferenceId === id) ? 'violated' : 'neither';
}

