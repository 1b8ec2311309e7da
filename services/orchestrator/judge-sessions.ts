import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import { VerdictRecord } from '../gen/attune/record/v1/record.ts';
import type { JudgeClient } from '../gen/attune/judge/v1/judge.ts';
import type { Message, ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import { seedFrom } from '../platform/random.ts';
import type { CallOptions } from './session.ts';

/** What is judged of a session: the final draft answer, and every agent turn. */
export type Stage = 'task' | 'turns';

/**
 * Judges one stage of a finished session, failed ones included: a session without agent turns gets an
 * empty list of turn verdicts. Throws AttuneError when the judge cannot be reached; nothing is then on
 * record, and resuming the run judges the session.
 */
export async function judgeStage(
  stage: Stage,
  record: SessionRecord,
  inputs: JudgeInputs,
  judge: JudgeClient<CallOptions>,
  signal: AbortSignal,
): Promise<VerdictRecord> {
  const seed = seedFrom(record.seed, 'judge', stage);
  const base = { schemaVersion: 1, method: record.method, userId: record.userId, session: record.session };
  if (stage === 'task') {
    const request = { problem: inputs.problemOf(record), draftAnswer: record.finalDraft, seed };
    const { verdict, judge: identity, usage } = await judge.judgeTask(request, { signal });
    return VerdictRecord.fromPartial({ ...base, judge: identity, usage: withoutLatency(usage), stage: { $case: 'task', value: verdict ?? {} } });
  }
  const request = { profile: inputs.profileOf(record), dialogue: dialogueOf(record), seed };
  const { turns, judge: identity, usage } = await judge.judgeSession(request, { signal });
  return VerdictRecord.fromPartial({ ...base, judge: identity, usage: withoutLatency(usage), stage: { $case: 'turns', value: { turns } } });
}

/** The dialogue of a recorded session, the greeting first. */
export function dialogueOf(record: SessionRecord): Message[] {
  const messages: Message[] = [{ role: Role.ASSISTANT, content: record.greeting }];
  for (const { user, agent } of record.turns) {
    if (user && user.userMessage !== '') messages.push({ role: Role.USER, content: user.userMessage });
    if (agent) messages.push({ role: Role.ASSISTANT, content: agent.agentMessage });
  }
  return messages;
}

function withoutLatency(usage: readonly ModelUsage[]): ModelUsage[] {
  const meter = createUsageMeter();
  for (const entry of usage) meter.add(entry);
  return meter.list({ latency: false });
}

/** What the judge needs beside the record. */
export interface JudgeInputs {
  profileOf(record: SessionRecord): Profile;
  problemOf(record: SessionRecord): Problem;
}
