import type { Bus } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { JudgeClient } from '../gen/attune/judge/v1/judge.ts';
import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import { inSpan } from '../platform/tracing.ts';
import { eventOf } from './event-of.ts';
import { judgeStages } from './judge-sessions.ts';
import type { JudgeInputs, Stage, StageOutcome } from './judge-sessions.ts';
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

  const publish = async (record: SessionRecord, outcome: StageOutcome) => {
    const id = `${record.method}/${record.userId}/${record.session}/${outcome.stage}`;
    try {
      if ('failure' in outcome) throw outcome.failure;
      const { verdict, wallMs } = outcome;
      await bus.publish(eventOf(runId, { $case: 'sessionJudged', value: { verdict, wallMs } }, `${id}/judged`));
    } catch (thrown) {
      unjudged += 1;
      if (signal.aborted) return;
      const detail = `${id}: ${AttuneError.from(thrown).message}`;
      await bus.publish(eventOf(runId, { $case: 'faultSeen', value: { service: 'judge', kind: 'unjudged', detail } }));
    }
  };
  const judgeOne = (record: SessionRecord, stages?: readonly Stage[]) =>
    judgeStages(record, inputs, judge, { signal, ...(stages && { stages }), onStage: (outcome) => publish(record, outcome) });

  bus.subscribe({ name: SUBSCRIPTION, facts: ['sessionEnded'], mode: 'queue', concurrency: CONCURRENCY }, async (event) => {
    const record = event.fact?.$case === 'sessionEnded' ? event.fact.value.record : undefined;
    if (record) await inSpan('judge session', { kind: 'consumer', traceparent: event.traceparent }, () => judgeOne(record));
  });
  return {
    judgeAgain: (record, stages) => judgeOne(record, stages),
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
  /** Judges stages that an earlier execution left open. */
  judgeAgain(record: SessionRecord, stages: readonly Stage[]): Promise<void>;
  /** Returns when every session published so far is judged. */
  idle(): Promise<void>;
  /** Stages that could not be judged. */
  unjudged(): number;
}
