import { expect, test } from 'vitest';
import { SessionRecord, SessionStatus } from '../gen/attune/record/v1/record.ts';
import { createAggregator } from './aggregate.ts';
import { METRICS, metricOf } from './metrics.ts';
import { sampleSession, sampleTask, sampleTurns } from './sample-run.ts';
import { missingRow, sessionRow, withVerdict, type SessionRow } from './session-row.ts';

function valueOf(id: string, rows: readonly SessionRow[]): number | null {
  return createAggregator(['u-01', 'u-02']).estimate(metricOf(id), rows).value;
}

test('ids are unique and every metric has a direction and a sentence', () => {
  expect(new Set(METRICS.map((metric) => metric.id)).size).toBe(METRICS.length);
  for (const metric of METRICS) {
    expect(['higher', 'lower', 'neutral']).toContain(metric.direction);
    expect(metric.about).toMatch(/\.$/);
  }
  expect(() => metricOf('sucess')).toThrow(/Expected one of sessions_planned/);
});

test('a timeout is a failure first and counts as judged second; an unscored session counts in neither', () => {
  const timeout = withVerdict(sessionRow(sampleSession('m', 'u-01', 0, { status: SessionStatus.TIMEOUT })), sampleTask('m', 'u-01', 0, true));
  const unscored = withVerdict(sessionRow(sampleSession('m', 'u-01', 1)), sampleTask('m', 'u-01', 1, null));
  const right = withVerdict(sessionRow(sampleSession('m', 'u-01', 2)), sampleTask('m', 'u-01', 2, true));
  const failed = withVerdict(sessionRow(sampleSession('m', 'u-01', 3, { status: SessionStatus.AGENT_ERROR })), sampleTask('m', 'u-01', 3, true));
  const rows = [timeout, unscored, right, failed, missingRow('m', 'u-01', 4)];
  expect(valueOf('success', rows)).toBe(1 / 4);
  expect(valueOf('success_draft_judged', rows)).toBe(2 / 4);
  expect(valueOf('success', [unscored])).toBeNull();
  expect(valueOf('timeout_rate', rows)).toBe(1 / 4);
  expect(valueOf('agent_error_rate', rows)).toBe(1 / 4);
  expect(valueOf('simulator_error_rate', rows)).toBe(0);
  expect(valueOf('task_unscored_share', rows)).toBe(1 / 3);
});

test('an unknown status is refused', () => {
  const record = SessionRecord.fromPartial({ ...sampleSession('m', 'u-01', 0), status: SessionStatus.UNSPECIFIED });
  expect(() => sessionRow(record)).toThrow(/should have a status of ok, timeout, sim_error or agent_error/);
});

test('enforcement counts answering messages only: neither the opening nor the check after the last reply', () => {
  const record = sampleSession('m', 'u-01', 0, { status: SessionStatus.TIMEOUT, replies: 3, enforcing: [0, 1] });
  const row = sessionRow(SessionRecord.fromPartial({ ...record, finalCheck: { enforcesPreferences: true, expressesDisappointment: true } }));
  expect(row).toMatchObject({ enforcements: 1, answeringMessages: 2, disappointments: 0, agentTurns: 3, messages: 7 });
  expect(valueOf('enforcement_rate', [row])).toBe(1 / 2);
});

test('a message that follows a failed reply answers nothing', () => {
  const record = sampleSession('m', 'u-01', 0, { replies: 0, enforcing: [0] });
  expect(sessionRow(record)).toMatchObject({ enforcements: 0, answeringMessages: 0, messages: 2 });
  expect(valueOf('enforcement_rate', [sessionRow(record)])).toBeNull();
});

test('compliance pools ids (micro) or averages turns (macro), over applicable preferences only', () => {
  const verdict = sampleTurns('m', 'u-01', 0, [{ followed: ['a', 'b', 'c'], violated: ['d'] }, { violated: ['a'] }, { overApplied: ['z'] }, null]);
  const row = withVerdict(sessionRow(sampleSession('m', 'u-01', 0, { replies: 4 })), verdict);
  expect(valueOf('compliance_micro', [row])).toBe(3 / 5);
  expect(valueOf('compliance_macro', [row])).toBe((3 / 4 + 0) / 2);
  expect(valueOf('over_personalization_rate', [row])).toBe(1 / 3);
  expect(valueOf('turns_unscored_share', [row])).toBe(1 / 4);

  const inconsistent = sampleTurns('m', 'u-01', 0, [{ followed: ['a', 'b'] }]);
  if (inconsistent.stage?.$case === 'turns') inconsistent.stage.value.turns[0]!.applicableIds = ['a'];
  expect(withVerdict(row, inconsistent).turns).toMatchObject({ followed: 1, violated: 0 });
});

test('rules and judge: disagreement is a share of what rules decided', () => {
  const row = withVerdict(
    sessionRow(sampleSession('m', 'u-01', 0)),
    sampleTurns('m', 'u-01', 0, [{ ruleDecided: ['a', 'b'], ruleDisagreed: ['a'] }, { ruleDecided: ['a', 'b'] }]),
  );
  expect(valueOf('judge_rule_disagreement', [row])).toBe(1 / 4);
  expect(valueOf('judge_rule_disagreement', [sessionRow(sampleSession('m', 'u-01', 0))])).toBeNull();
});

test('tokens: means over recorded sessions; memory calls and prompts by role', () => {
  const rows = [
    sessionRow(sampleSession('m', 'u-01', 0, { replies: 1, userTokens: 10, memoryTokens: 50 })),
    sessionRow(sampleSession('m', 'u-01', 1, { replies: 1, userTokens: 30 })),
    sessionRow(sampleSession('m', 'u-02', 0, { replies: 1, userTokens: 1000 })),
    missingRow('m', 'u-02', 1),
  ];
  expect(valueOf('user_tokens', rows)).toBeCloseTo(1040 / 3);
  expect(valueOf('user_tokens_median', rows)).toBe(30);
  expect(valueOf('user_tokens_median', rows.slice(0, 2))).toBe(20);
  expect(valueOf('memory_call_tokens', rows)).toBe(450 / 3);
  expect(valueOf('prompt_tokens', rows)).toBe((3 * 200 + 400) / 3);
  expect(valueOf('memory_tokens', rows)).toBeCloseTo(50 / 3);
  expect(valueOf('sessions_planned', rows)).toBe(4);
  expect(valueOf('sessions_recorded', rows)).toBe(3);
});
