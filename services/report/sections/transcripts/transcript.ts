import { VerdictStatus, type ProbeVerdict, type TaskVerdict, type TurnVerdict } from '../../../gen/attune/judge/v1/judge.ts';
import type { Probe } from '../../../gen/attune/simulator/v1/simulator.ts';
import { SessionStatus, type AgentTurn, type SessionRecord, type UserTurn } from '../../../gen/attune/record/v1/record.ts';
import type { Transcript, TranscriptProbe, TranscriptTurn, TranscriptVerdict } from './model.ts';

/** One session and its verdicts as a reader wants to see them. */
export function transcriptOf({ record, task, turns, probe }: JudgedSession): Transcript {
  const verdicts = new Map((turns ?? []).map((verdict) => [verdict.turn, verdict]));
  let memory = '';
  return {
    method: record.method,
    userId: record.userId,
    session: record.session,
    status: STATUS[record.status] ?? 'unknown',
    ...(record.error && { error: record.error }),
    dataset: record.dataset,
    problemId: record.problemId,
    ...(record.greeting && { greeting: record.greeting }),
    turns: record.turns.map(({ turn, user, agent }): TranscriptTurn => {
      const before = memory;
      memory = agent?.injected?.block ?? memory;
      return { user: userPart(user), ...(agent && { agent: agentPart(agent, before, verdicts.get(turn)) }) };
    }),
    ...(record.finalDraft && { finalDraft: record.finalDraft }),
    ...(task && { task: taskPart(task) }),
    ...(record.probe && record.turns.some(({ user }) => user?.probePlanted) && { probe: probePart(record.probe, probe) }),
    memoryTokens: record.memoryTokens,
    ...(record.faults.length > 0 && { faults: record.faults.map(({ kind, turn, detail }) => `${kind} in turn ${turn}: ${detail}`) }),
  };
}

function userPart(user: UserTurn | undefined): TranscriptTurn['user'] {
  if (!user) return { text: '' };
  return {
    text: user.userMessage,
    ...(user.draftAnswer && { draft: user.draftAnswer }),
    ...(user.enforcedPreferenceIds.length > 0 && { enforced: user.enforcedPreferenceIds }),
    ...(user.expressesDisappointment && { disappointed: true }),
    ...(user.stop && { stop: true }),
    ...(user.probePlanted && { probe: true }),
  };
}

function agentPart(agent: AgentTurn, memoryBefore: string, verdict: TurnVerdict | undefined): NonNullable<TranscriptTurn['agent']> {
  const block = agent.injected?.block ?? '';
  return {
    text: agent.agentMessage,
    ...(block && { memory: block === memoryBefore ? '=' : block, memoryTokens: agent.injected?.tokens ?? 0 }),
    ...(agent.extracted.length > 0 && { extracted: agent.extracted.map(({ condition, action }) => (condition ? `${condition}: ${action}` : action)) }),
    ...(verdict && { verdict: verdictPart(verdict) }),
  };
}

function verdictPart(verdict: TurnVerdict): TranscriptVerdict {
  if (verdict.status !== VerdictStatus.SCORED) return { unscored: verdict.reason || 'no reason given' };
  const { followedIds, violations, overAppliedIds, ruleDecidedIds } = verdict;
  return {
    ...(followedIds.length > 0 && { followed: followedIds }),
    ...(violations.length > 0 && { violated: violations.map(({ preferenceId, type }) => ({ id: preferenceId, type })) }),
    ...(overAppliedIds.length > 0 && { overApplied: overAppliedIds }),
    ...(ruleDecidedIds.length > 0 && { byRule: ruleDecidedIds }),
  };
}

function taskPart(task: TaskVerdict): NonNullable<Transcript['task']> {
  if (task.status !== VerdictStatus.SCORED) return { reason: task.reason };
  return { correct: task.correct, reason: task.reasoning };
}

function probePart(probe: Probe, verdict: ProbeVerdict | undefined): TranscriptProbe {
  const scored = verdict?.status === VerdictStatus.SCORED;
  return {
    group: probe.conflictGroup,
    variant: probe.variant,
    query: probe.query,
    expected: probe.expectedId,
    ...(scored ? { followed: verdict.followedId } : { unscored: verdict ? verdict.reason || 'no reason given' : 'not judged' }),
    ...(scored && verdict.confused && { confused: true }),
  };
}

const STATUS: Partial<Record<SessionStatus, string>> = {
  [SessionStatus.OK]: 'ok',
  [SessionStatus.TIMEOUT]: 'timeout',
  [SessionStatus.SIM_ERROR]: 'sim_error',
  [SessionStatus.AGENT_ERROR]: 'agent_error',
};

/** A record with what the judge said of it; missing parts were not judged. */
export interface JudgedSession {
  readonly record: SessionRecord;
  readonly task?: TaskVerdict | undefined;
  readonly turns?: readonly TurnVerdict[] | undefined;
  readonly probe?: ProbeVerdict | undefined;
}
