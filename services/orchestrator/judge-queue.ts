import type { Bus } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { JudgeClient } from '../gen/attune/judge/v1/judge.ts';
import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import { eventOf } from './batch.ts';
import { judgeStage } from './judge-sessions.ts';
import type { JudgeInputs, Stage } from './judge-sessions.ts';
import type { CallOptions } from './session.ts';

/** Sessions judged at once: many may end in one moment, and how many calls an endpoint gets is its own limit's business. */
const CONCURRENCY = 1_024;
const SUBSCRIPTION = 'judge';

/**
 * Takes finished sessions from the bus, has them judged, and publishes the verdicts. When the judge
 * cannot be reached, the session is left unjudged, the fault is published, and `unjudged` counts it.
 */
export function startJudging(deps: JudgingDeps, options: { runId: string; signal: AbortSignal }): Judging {
  const { bus, judge, inputs } = deps;
  const { runId, signal } = options;
  let unjudged = 0;

  const judgeOne = async (stage: Stage, record: SessionRecord) => {
    const id = `${record.method}/${record.userId}/${record.session}/${stage}`;
    const startedAt = performance.now();
    try {
      const verdict = await judgeStage(stage, record, inputs, judge, signal);
      const value = { verdict, wallMs: performance.now() - startedAt };
      await bus.publish(eventOf(runId, { $case: 'sessionJudged', value }, `${id}/judged`));
    } catch (thrown) {
      unjudged += 1;
      if (signal.aborted) return;
      const detail = `${id}: ${AttuneError.from(thrown).message}`;
      await bus.publish(eventOf(runId, { $case: 'faultSeen', value: { service: 'judge', kind: 'unjudged', detail } }));
    }
  };
  bus.subscribe({ name: SUBSCRIPTION, facts: ['sessionEnded'], mode: 'queue', concurrency: CONCURRENCY }, async (event) => {
    const record = event.fact?.$case === 'sessionEnded' ? event.fact.value.record : undefined;
    if (record) await Promise.all([judgeOne('task', record), judgeOne('turns', record)]);
  });
  return {
    judgeAgain: (stage, record) => judgeOne(stage, record),
    idle: () => bus.idle(SUBSCRIPTION),
    unjudged: () => unjudged,
  };
}

export interface JudgingDeps {
  bus: Bus;
  judge: JudgeClient<CallOptions>;
  inputs: JudgeInputs;
}

export interface Judging {
  /** Judges a stage that an earlier execution left open. */
  judgeAgain(stage: Stage, record: SessionRecord): Promise<void>;
  /** Returns when every session published so far is judged. */
  idle(): Promise<void>;
  /** Stages that could not be judged. */
  unjudged(): number;
}
