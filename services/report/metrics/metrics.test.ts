import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProbeVerdict} from '../../gen/attune/judge/v1/judge.ts';
import { VerdictStatus } from '../../gen/attune/judge/v1/judge.ts';
import { SessionRecord, SessionStatus, VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import { VectorMode } from '../../gen/attune/preference/v1/preference.ts';
import { openRecords } from '../records/open-records.ts';
import { sampleInputs, sampleManifest, sampleSession, sampleTask, sampleTurns, writeRun } from '../sample-run.ts';
import { createEstimator } from './estimator.ts';
import { estimateMethods } from './method-estimates.ts';
import { METRICS, metricOf } from './table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-metrics-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The values of a run of one method; sessions that are not given are missing. */
async function valuesOf(sessions: readonly SessionRecord[], verdicts: readonly VerdictRecord[] = [], change: { sessions?: number; prices?: object } = {}): Promise<(id: string) => number | null> {
  const inputs = sampleInputs();
  const planned = change.sessions ?? Math.max(...sessions.map(({ session }) => session)) + 1;
  const manifest = sampleManifest(inputs, { methods: ['m'], sessions: planned });
  await writeRun(join(folder, 'run'), { inputs, manifest: { ...manifest, ...(change.prices && { experiment: { models: { prices: change.prices } } }) } as never, sessions, verdicts });
  const records = await openRecords(join(folder, 'run'));
  try {
    const [found] = await estimateMethods(records, METRICS, createEstimator(2), null);
    return (id) => found!.estimates[metricOf(id).id]!.value;
  } finally {
    await records.close();
  }
}

const OF = { userId: 'u-01' };
const session = (number: number, change: Parameters<typeof sampleSession>[3] = {}) => sampleSession('m', OF.userId, number, change);
const task = (number: number, correct: boolean | null) => sampleTask('m', OF.userId, number, correct);

test('ids are unique and every metric has a direction and a sentence', () => {
  expect(new Set(METRICS.map((metric) => metric.id)).size).toBe(METRICS.length);
  for (const metric of METRICS) {
    expect(['higher', 'lower', 'neutral']).toContain(metric.direction);
    expect(metric.about).toMatch(/\.$/);
  }
  expect(() => metricOf('sucess')).toThrow(/Expected one of sessions_planned/);
});

test('a timeout is a failure first and counts as judged second; an unscored session counts in neither; a missing one is a failure', async () => {
  const value = await valuesOf(
    [session(0, { status: SessionStatus.TIMEOUT }), session(1), session(2), session(3, { status: SessionStatus.AGENT_ERROR })],
    [task(0, true), task(1, null), task(2, true), task(3, true)],
    { sessions: 5 },
  );
  // u-02 has no record at all: five more failures.
  expect(value('success')).toBe(1 / 9);
  expect(value('success_draft_judged')).toBe(2 / 9);
  expect(value('timeout_rate')).toBe(1 / 4);
  expect(value('agent_error_rate')).toBe(1 / 4);
  expect(value('simulator_error_rate')).toBe(0);
  expect(value('task_unscored_share')).toBe(1 / 3);
  expect(value('turns_to_success')).toBe(2);
  expect(value('sessions_planned')).toBe(10);
  expect(value('sessions_recorded')).toBe(4);
});

test('no success gives no turns to success, which is not a number below zero', async () => {
  const value = await valuesOf([session(0)], [task(0, false)]);
  expect(value('turns_to_success')).toBeNull();
  expect(value('success')).toBe(0);
});

test('halves of a trajectory: success late, profiles that improved; quick and unenforced success', async () => {
  const value = await valuesOf(
    [session(0), session(1, { enforcing: [1] }), session(2, { replies: 5 }), session(3)],
    [task(0, false), task(1, true), task(2, true), task(3, true)],
  );
  // u-02 is all missing, so its halves are equal failures.
  expect(value('late_success')).toBe(2 / 4);
  expect(value('profiles_improved')).toBe(1 / 2);
  expect(value('zero_enforcement_success')).toBe(2 / 3);
  expect(value('quick_resolution')).toBe(2 / 8);
});

test('enforcement counts answering messages only: neither the opening nor the check after the last reply', async () => {
  const record = session(0, { status: SessionStatus.TIMEOUT, replies: 3, enforcing: [0, 1] });
  const value = await valuesOf([SessionRecord.fromPartial({ ...record, finalCheck: { enforcesPreferences: true, expressesDisappointment: true } })]);
  expect(value('enforcements')).toBe(1);
  expect(value('enforcement_rate')).toBe(1 / 2);
  expect(value('first_turn_enforced')).toBe(1);
  expect(value('disappointments')).toBe(0);
  expect(value('agent_turns')).toBe(3);
  expect(value('messages')).toBe(7);
});

test('a message that follows no reply answers nothing', async () => {
  const value = await valuesOf([session(0, { replies: 0, enforcing: [0] })]);
  expect(value('enforcements')).toBe(0);
  expect(value('enforcement_rate')).toBeNull();
  expect(value('first_turn_enforced')).toBeNull();
});

test('effort by kind: an enforcement, asked again, an answer to a question, a dissatisfied message', async () => {
  const record = session(0, { replies: 4, enforcing: [1, 2] });
  record.turns[1]!.user!.enforcedPreferenceIds = ['p1'];
  record.turns[2]!.user!.enforcedPreferenceIds = ['p1'];
  record.turns[3]!.user!.agentWasClarifying = true;
  record.turns[3]!.user!.expressesDisappointment = true;
  const value = await valuesOf([record]);
  expect(value('weighted_effort')).toBe(2 * 2 + 1.5 + 1 + 2.5);
});

test('words of effort are found whole, in any case and over line ends', async () => {
  const said = ['Like I said earlier', 'PLEASE\n use bullets', 'That’s not right: too long', 'it is not too longish', 'as I mentionedly'];
  const record = session(0, { replies: said.length });
  said.forEach((text, index) => (record.turns[index]!.user!.userMessage = text));
  const value = await valuesOf([record]);
  // The first message answers nothing; it only voices dissatisfaction by "I said".
  expect(value('lexical_enforcements')).toBe(1);
  expect(value('lexical_disappointments')).toBe(2);
});

test('compliance pools ids (micro) or averages turns (macro), over applicable preferences only', async () => {
  const verdict = sampleTurns('m', 'u-01', 0, [{ followed: ['a', 'b', 'c'], violated: ['d'] }, { violated: ['a'] }, { overApplied: ['z'] }, null]);
  const value = await valuesOf([session(0, { replies: 4 })], [verdict]);
  expect(value('compliance_micro')).toBe(3 / 5);
  expect(value('compliance_macro')).toBe((3 / 4 + 0) / 2);
  expect(value('compliance_first')).toBe(3 / 4);
  expect(value('over_personalization_rate')).toBe(1 / 3);
  expect(value('turns_unscored_share')).toBe(1 / 4);
});

test('an id that is followed but not applicable, or said to be both, does not count as followed', async () => {
  const verdict = sampleTurns('m', 'u-01', 0, [{ followed: ['a', 'b'], violated: ['c'] }]);
  if (verdict.stage?.$case === 'turns') Object.assign(verdict.stage.value.turns[0]!, { applicableIds: ['a', 'c'], followedIds: ['a', 'b', 'c'] });
  expect((await valuesOf([session(0)], [verdict]))('compliance_micro')).toBe(1 / 2);
});

test('the first answer is the first reply that did more than ask', async () => {
  const record = session(0, { replies: 2 });
  record.turns[1]!.user!.agentWasClarifying = true;
  const value = await valuesOf([record], [sampleTurns('m', 'u-01', 0, [{ violated: ['a'] }, { followed: ['a', 'b'] }])]);
  expect(value('compliance_first')).toBe(1);
});

test('over-personalization by preference: applied among those whose condition did not hold', async () => {
  const verdict = sampleTurns('m', 'u-01', 0, [{ followed: ['p1'], overApplied: ['p2'] }, { followed: ['p1'] }]);
  // Two preferences a profile, one of them applicable in each of two turns.
  expect((await valuesOf([session(0)], [verdict]))('over_personalization_preferences')).toBe(1 / 2);
});

test('an id that is said to be both applicable and over-applied is no over-application', async () => {
  const value = await valuesOf([session(0)], [sampleTurns('m', 'u-01', 0, [{ followed: ['p1'], overApplied: ['p1'] }, { overApplied: ['p2'] }])]);
  expect(value('over_personalization_rate')).toBe(1 / 2);
  expect(value('over_personalization_preferences')).toBe(1 / 3);
});

test('of the candidates of a planted probe the plan says which applies, not the judge', async () => {
  const probed = (number: number, planted: boolean) => {
    const record = session(number);
    record.turns[1]!.user!.probePlanted = planted;
    return SessionRecord.fromPartial({ ...record, probe: { conflictGroup: 'length', candidateIds: ['p1', 'p2'], expectedId: 'p1', variant: 'neutral', query: 'Quick question' } });
  };
  const both = { followed: ['p2'], violated: ['p1'] };
  const value = await valuesOf(
    [probed(0, true), probed(1, true), probed(2, true), probed(3, false)],
    [
      // The rival is not violated where the reply followed the right one, over-applied where it followed the rival, and as the judge said in every other turn.
      sampleTurns('m', 'u-01', 0, [both, { followed: ['p1'], violated: ['p2'] }]),
      sampleTurns('m', 'u-01', 1, [{}, both]),
      // Visibly applied, and called not applicable.
      sampleTurns('m', 'u-01', 2, [{}, { overApplied: ['p1'], violated: ['p2'] }]),
      // Never asked.
      sampleTurns('m', 'u-01', 3, [{}, both]),
    ],
  );
  // Followed: p2 and p1 in the first session, p1 in the third, p2 in the last; violated: p1 in all but the third.
  expect(value('compliance_micro')).toBe(4 / 7);
  expect(value('compliance_macro')).toBeCloseTo((1 / 2 + 1 + 0 + 1 + 1 / 2) / 5, 12);
  expect(value('over_personalization_rate')).toBe(1 / 8);
  // Two preferences in each of eight turns; seven of them applied.
  expect(value('over_personalization_preferences')).toBe(1 / 9);
});

test('without any applicable preference compliance is unknown, neither 0 nor a half', async () => {
  const value = await valuesOf([session(0)], [sampleTurns('m', 'u-01', 0, [{}, {}])]);
  expect(value('compliance_micro')).toBeNull();
  expect(value('compliance_macro')).toBeNull();
  expect(value('over_personalization_rate')).toBe(0);
});

test('rules and judge: disagreement is a share of what rules decided', async () => {
  const verdict = sampleTurns('m', 'u-01', 0, [{ ruleDecided: ['a', 'b'], ruleDisagreed: ['a'] }, { ruleDecided: ['a', 'b'] }]);
  expect((await valuesOf([session(0)], [verdict]))('judge_rule_disagreement')).toBe(1 / 4);
  await rm(join(folder, 'run'), { recursive: true });
  expect((await valuesOf([session(0)]))('judge_rule_disagreement')).toBeNull();
});

test('probes: neither and several are wrong, unasked and unscored ones are in no score, none give no accuracy', async () => {
  const probed = (number: number, variant: string, asked = true) => {
    const record = session(number);
    record.turns[0]!.user!.probePlanted = asked;
    return SessionRecord.fromPartial({ ...record, probe: { conflictGroup: 'length', candidateIds: ['p1', 'p2'], expectedId: 'p1', variant, query: 'Quick question' } });
  };
  const verdict = (number: number, value: Partial<ProbeVerdict>) =>
    VerdictRecord.fromPartial({ schemaVersion: 1, method: 'm', userId: 'u-01', session: number, stage: { $case: 'probe', value: { status: VerdictStatus.SCORED, ...value } } });
  const value = await valuesOf(
    [probed(0, 'aligned'), probed(1, 'aligned'), probed(2, 'adversarial'), probed(3, 'adversarial'), probed(4, 'neutral', false), probed(5, 'neutral')],
    [
      verdict(0, { followedId: 'p1' }),
      verdict(1, { followedId: '' }),
      verdict(2, { followedId: 'p1', confused: true }),
      verdict(3, { followedId: 'p2' }),
      verdict(5, { status: VerdictStatus.UNSCORED, reason: 'It did not parse.' }),
    ],
  );
  expect(value('conflict_accuracy')).toBe(1 / 4);
  expect(value('conflict_accuracy_aligned')).toBe(1 / 2);
  expect(value('conflict_accuracy_adversarial')).toBe(0);
  expect(value('conflict_accuracy_neutral')).toBeNull();
  expect(value('confusion_rate')).toBe(1 / 4);
  expect(value('probes_asked_share')).toBe(5 / 6);
  expect(value('probes_unscored_share')).toBe(1 / 5);
});

test('tokens: means over recorded sessions; memory calls and prompts by role; success for what users wrote', async () => {
  const value = await valuesOf(
    [session(0, { replies: 1, userTokens: 10, memoryTokens: 50 }), session(1, { replies: 1, userTokens: 30 }), sampleSession('m', 'u-02', 0, { replies: 1, userTokens: 1000, status: SessionStatus.TIMEOUT })],
    [task(0, true), task(1, true), sampleTask('m', 'u-02', 0, true)],
  );
  expect(value('user_tokens')).toBeCloseTo(1040 / 3);
  expect(value('user_tokens_median')).toBe(30);
  expect(value('user_tokens_in_time')).toBe(20);
  expect(value('user_tokens_in_time_median')).toBe(20);
  expect(value('memory_call_tokens')).toBe(450 / 3);
  expect(value('prompt_tokens')).toBe((3 * 200 + 400) / 3);
  expect(value('memory_tokens')).toBeCloseTo(50 / 3);
  expect(value('total_tokens')).toBeCloseTo((1040 + 90) / 3);
  expect(value('true_cost_tokens')).toBeCloseTo((1040 + 90 + 450) / 3);
  expect(value('success_per_1k_user_tokens')).toBeCloseTo(2000 / 1040);
  expect(value('success_per_1k_user_tokens_profiles')).toBeCloseTo((2000 / 40 + 0) / 2);
});

test('a trimmed mean leaves a tenth off either end', async () => {
  const value = await valuesOf(Array.from({ length: 10 }, (_, number) => session(number, { userTokens: number === 9 ? 100_000 : 10 * (number + 1) })));
  expect(value('user_tokens_trimmed')).toBe((20 + 30 + 40 + 50 + 60 + 70 + 80 + 90) / 8);
});

test('prefix cache: a share only where some endpoint tells, of that endpoint', async () => {
  const silent = session(0, { memoryTokens: 50 });
  expect((await valuesOf([silent]))('prefix_cache_share')).toBeNull();
  await rm(join(folder, 'run'), { recursive: true });
  const telling = session(0, { memoryTokens: 50 });
  telling.usage.find(({ role }) => role === 'agent')!.cachedPromptTokens = 100;
  expect((await valuesOf([telling]))('prefix_cache_share')).toBe(100 / 400);
});

test('money: tokens by the prices of the experiment, without the simulated user and the judge', async () => {
  const value = await valuesOf([session(0)], [task(0, true)], { prices: { 'sim/agent': { promptPerMillion: 2, completionPerMillion: 10 }, 'sim/user': { promptPerMillion: 99, completionPerMillion: 99 } } });
  expect(value('money')).toBeCloseTo((2 * 400 + 10 * 60) / 1e6, 12);
});

test('the user vector: turns in which it changed the chosen set, whatever the order, among turns with a vector', async () => {
  const record = session(0, { replies: 4 });
  const retrieval = (chosenIds: string[], chosenWithoutVectorIds: string[], vectorMode: VectorMode = VectorMode.LEARNED) => ({ candidates: [{ cardId: 'a' }, { cardId: 'b' }, { cardId: 'c' }], chosenIds, chosenWithoutVectorIds, vectorMode });
  const traces = [retrieval(['a', 'b'], ['b', 'a']), retrieval(['a', 'b'], ['a', 'c']), retrieval(['a'], ['b'], VectorMode.OFF), undefined];
  const turns = record.turns.map((turn, index) => (turn.agent ? { ...turn, agent: { ...turn.agent, retrieval: traces[index] } } : turn));
  expect((await valuesOf([SessionRecord.fromPartial({ ...record, turns } as never)]))('vector_changed_share')).toBe(1 / 2);
});

test('a runaway message is counted by session', async () => {
  expect((await valuesOf([session(0, { faults: ['sim_runaway', 'sim_runaway'] }), session(1)]))('runaway_rate')).toBe(1 / 2);
});
