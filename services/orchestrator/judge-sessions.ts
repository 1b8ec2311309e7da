import { answeredProbe } from '../catalogue/index.ts';
import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import { SessionStatus, VerdictRecord } from '../gen/attune/record/v1/record.ts';
import type { JudgeClient, JudgeIdentity } from '../gen/attune/judge/v1/judge.ts';
import type { Message, ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { Probe } from '../gen/attune/simulator/v1/simulator.ts';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import { seedFrom } from '../platform/random.ts';
import type { CallOptions } from './session.ts';

/** What is judged of a session: the final draft answer, every agent turn, and the reply to its probe. */
export type Stage = 'task' | 'turns' | 'probe';

/** The stages of a finished session, failed ones included; a probe that was not asked or not answered has none, and neither has a session that was forgotten. */
export function stagesOf(record: SessionRecord): Stage[] {
  if (record.status === SessionStatus.FORGOTTEN) return [];
  return answeredProbe(record) ? ['task', 'turns', 'probe'] : ['task', 'turns'];
}

/**
 * Judges a finished session, all its stages at once unless `stages` names some, and hands each on as soon as it is done. A judge that
 * cannot be reached is an outcome with a failure and no verdict: nothing is then on record for that stage, and resuming the run judges it.
 * Verdicts follow from the record, the inputs and the judge alone, so any replica may judge any session, in any order and more than once.
 */
export async function judgeStages(record: SessionRecord, inputs: JudgeInputs, judge: JudgeClient<CallOptions>, options: JudgeStagesOptions): Promise<void> {
  const judgeOne = async (stage: Stage) => {
    const startedAt = performance.now();
    const judged = await judgeStage(stage, record, inputs, judge, options.signal).then(
      (verdict) => ({ verdict }),
      (thrown: unknown) => ({ failure: AttuneError.from(thrown) }),
    );
    await options.onStage({ stage, wallMs: performance.now() - startedAt, ...judged });
  };
  await Promise.all((options.stages ?? stagesOf(record)).map(judgeOne));
}

async function judgeStage(stage: Stage, record: SessionRecord, inputs: JudgeInputs, judge: JudgeClient<CallOptions>, signal: AbortSignal): Promise<VerdictRecord> {
  const seed = seedFrom(record.seed, 'judge', stage);
  const recordOf = (answer: { judge?: JudgeIdentity | undefined; usage: ModelUsage[] }, verdict: NonNullable<VerdictRecord['stage']>) =>
    VerdictRecord.fromPartial({
      schemaVersion: 1,
      method: record.method,
      userId: record.userId,
      session: record.session,
      judge: answer.judge,
      usage: withoutLatency(answer.usage),
      stage: verdict,
    });
  const { profile, problem, finalDraft, dialogue, probe } = judgedMaterial(record, inputs);
  if (stage === 'task') {
    const answer = await judge.judgeTask({ problem, draftAnswer: finalDraft, seed }, { signal });
    return recordOf(answer, { $case: 'task', value: given(answer.verdict) });
  }
  if (stage === 'turns') {
    const answer = await judge.judgeSession({ profile, dialogue, seed }, { signal });
    return recordOf(answer, { $case: 'turns', value: { turns: answer.turns } });
  }
  if (!probe) throw new AttuneError('invalid_argument', 'Only a session whose probe was asked and answered has a probe to judge.');
  const answer = await judge.judgeProbe({ profile, ...probe, seed }, { signal });
  return recordOf(answer, { $case: 'probe', value: given(answer.verdict) });
}

/** What the judge gets of a finished session, and all that it gets: nothing here says which method it was. */
export function judgedMaterial(record: SessionRecord, inputs: JudgeInputs): JudgedMaterial {
  const asked = answeredProbe(record);
  return {
    profile: inputs.profileOf(record),
    problem: inputs.problemOf(record),
    finalDraft: record.finalDraft,
    dialogue: dialogueOf(record),
    probe: asked && { probe: asked.probe, dialogue: dialogueOf({ ...record, turns: record.turns.slice(0, asked.turn + 1) }) },
  };
}

function given<T>(verdict: T | undefined): T {
  if (verdict) return verdict;
  throw new AttuneError('data_loss', 'The judge answered without a verdict; it should give one, scored or unscored.');
}

/** The dialogue of a recorded session, the greeting first. */
function dialogueOf({ greeting, turns }: Pick<SessionRecord, 'greeting' | 'turns'>): Message[] {
  const messages: Message[] = [{ role: Role.ASSISTANT, content: greeting }];
  for (const { user, agent } of turns) {
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

export interface JudgedMaterial {
  profile: Profile;
  problem: Problem;
  finalDraft: string;
  /** The greeting first. */
  dialogue: Message[];
  /** Null without a probe that was answered; its dialogue ends with the answer. */
  probe: { probe: Probe; dialogue: Message[] } | null;
}

/** What the judge needs beside the record. */
export interface JudgeInputs {
  profileOf(record: SessionRecord): Profile;
  problemOf(record: SessionRecord): Problem;
}

export interface JudgeStagesOptions {
  /** Gives the judging up; the open stages then end with a failure. */
  signal: AbortSignal;
  /** All of the record's unless told. */
  stages?: readonly Stage[];
  /** Told of each stage once; what it throws, `judgeStages` throws. */
  onStage(outcome: StageOutcome): Promise<void>;
}

export type StageOutcome = { stage: Stage; wallMs: number } & ({ verdict: VerdictRecord } | { failure: AttuneError });
