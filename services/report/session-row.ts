import type { ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import { VerdictStatus, type TurnVerdict } from '../gen/attune/judge/v1/judge.ts';
import { SessionStatus, type SessionRecord, type VerdictRecord } from '../gen/attune/record/v1/record.ts';
import { AttuneError } from '../platform/errors.ts';

/**
 * What the metrics need of one session record; the transcript is left behind, so a run larger than memory can be reported.
 *
 * An answering user message is one that follows an agent reply. The check after the last reply of a timed-out session is not a message:
 * it counts neither as an answering message nor as an enforcement.
 */
export function sessionRow(record: SessionRecord): SessionRow {
  const answering = record.turns.filter((turn, index) => turn.user !== undefined && index > 0 && record.turns[index - 1]?.agent !== undefined);
  const userMessages = record.turns.filter((turn) => turn.user !== undefined).length;
  const agentTurns = record.turns.filter((turn) => turn.agent !== undefined).length;
  return {
    method: record.method,
    userId: record.userId,
    session: record.session,
    status: statusName(record),
    agentTurns,
    messages: userMessages + agentTurns + (record.greeting === '' ? 0 : 1),
    answeringMessages: answering.length,
    enforcements: answering.filter((turn) => turn.user?.enforcesPreferences).length,
    disappointments: record.turns.filter((turn) => turn.user?.expressesDisappointment).length,
    userTokens: record.userTokens,
    agentTokens: record.agentTokens,
    memoryTokens: record.memoryTokens,
    usage: record.usage,
    faultKinds: record.faults.map((fault) => fault.kind),
    task: 'unjudged',
    turns: null,
    judgeUsage: [],
  };
}

/** The row of a planned session that has no record: a failure for success, nothing for every other metric. */
export function missingRow(method: string, userId: string, session: number): SessionRow {
  return {
    method,
    userId,
    session,
    status: 'missing',
    agentTurns: 0,
    messages: 0,
    answeringMessages: 0,
    enforcements: 0,
    disappointments: 0,
    userTokens: 0,
    agentTokens: 0,
    memoryTokens: 0,
    usage: [],
    faultKinds: [],
    task: 'unjudged',
    turns: null,
    judgeUsage: [],
  };
}

/** Adds a verdict to its session's row. */
export function withVerdict(row: SessionRow, verdict: VerdictRecord): SessionRow {
  const judged = { ...row, judgeUsage: [...row.judgeUsage, ...verdict.usage] };
  if (verdict.stage?.$case === 'task') {
    const { status, correct } = verdict.stage.value;
    return { ...judged, task: status !== VerdictStatus.SCORED ? 'unscored' : correct ? 'correct' : 'wrong' };
  }
  if (verdict.stage?.$case === 'turns') return { ...judged, turns: judgedTurns(verdict.stage.value.turns) };
  return judged;
}

/** Whether the session came to an end without an error, in time or not. */
export function isFinished(row: SessionRow): boolean {
  return row.status === 'ok' || row.status === 'timeout';
}

export function isRecorded(row: SessionRow): boolean {
  return row.status !== 'missing';
}

/**
 * Sums over the scored turns of one session. Compliance is counted again from the lists of ids and only over preferences
 * that the judge called applicable: followed / (followed + violated); a turn without any has no compliance.
 */
function judgedTurns(verdicts: readonly TurnVerdict[]): JudgedTurns {
  const sums = { scored: 0, withCompliance: 0, complianceSum: 0, followed: 0, violated: 0, overApplied: 0, ruleDecided: 0, ruleDisagreed: 0 };
  for (const verdict of verdicts) {
    if (verdict.status !== VerdictStatus.SCORED) continue;
    const applicable = new Set(verdict.applicableIds);
    const violated = new Set(verdict.violations.map((violation) => violation.preferenceId).filter((id) => applicable.has(id)));
    const followed = new Set(verdict.followedIds.filter((id) => applicable.has(id) && !violated.has(id)));
    const counted = followed.size + violated.size;
    sums.scored += 1;
    sums.followed += followed.size;
    sums.violated += violated.size;
    sums.withCompliance += counted > 0 ? 1 : 0;
    sums.complianceSum += counted > 0 ? followed.size / counted : 0;
    sums.overApplied += verdict.overAppliedIds.length > 0 ? 1 : 0;
    sums.ruleDecided += verdict.ruleDecidedIds.length;
    sums.ruleDisagreed += verdict.ruleDisagreedIds.length;
  }
  return sums;
}

function statusName(record: SessionRecord): SessionRow['status'] {
  const name = STATUS_NAMES[record.status];
  if (name) return name;
  throw new AttuneError(
    'data_loss',
    `Session ${record.session} of user ${record.userId} with method ${record.method} should have a status of ok, timeout, sim_error or agent_error, ` +
      `found ${record.status}; the record was written by another version or damaged.`,
  );
}

const STATUS_NAMES: Partial<Record<SessionStatus, SessionRow['status']>> = {
  [SessionStatus.OK]: 'ok',
  [SessionStatus.TIMEOUT]: 'timeout',
  [SessionStatus.SIM_ERROR]: 'sim_error',
  [SessionStatus.AGENT_ERROR]: 'agent_error',
};

/** One planned session with all that was recorded and judged of it; tokens are counted with the tokenizer of the manifest. */
export interface SessionRow {
  readonly method: string;
  readonly userId: string;
  /** From 0. */
  readonly session: number;
  readonly status: 'ok' | 'timeout' | 'sim_error' | 'agent_error' | 'missing';
  readonly agentTurns: number;
  /** Messages of the transcript, the greeting and the user's last message included. */
  readonly messages: number;
  readonly answeringMessages: number;
  /** Answering messages that enforce a preference. */
  readonly enforcements: number;
  readonly disappointments: number;
  readonly userTokens: number;
  readonly agentTokens: number;
  /** Size of the method's memory after the session. */
  readonly memoryTokens: number;
  readonly usage: readonly ModelUsage[];
  readonly faultKinds: readonly string[];
  /** "unjudged" when there is no verdict yet; "unscored" when the judge could not tell. */
  readonly task: 'correct' | 'wrong' | 'unscored' | 'unjudged';
  /** Null when there is no verdict yet. */
  readonly turns: JudgedTurns | null;
  readonly judgeUsage: readonly ModelUsage[];
}

export interface JudgedTurns {
  readonly scored: number;
  readonly withCompliance: number;
  readonly complianceSum: number;
  readonly followed: number;
  readonly violated: number;
  /** Scored turns with at least one over-applied preference. */
  readonly overApplied: number;
  readonly ruleDecided: number;
  readonly ruleDisagreed: number;
}
