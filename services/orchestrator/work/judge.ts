import type { JudgeClient } from '../../gen/attune/judge/v1/judge.ts';
import type { Bus } from '../../platform/bus.ts';
import type { WorkItem, WorkOutcome } from '../../platform/nats.ts';
import { inSpan } from '../../platform/tracing.ts';
import { eventOf } from '../event-of.ts';
import { judgeStages } from '../judge-sessions.ts';
import type { JudgeInputs } from '../judge-sessions.ts';
import type { CallOptions } from '../session.ts';
import { decodeJudgingJob } from './jobs.ts';
import type { JudgingJob } from './jobs.ts';

/**
 * Handles one session of the judging queue and publishes its verdicts. A judge that cannot be reached is asked again after a while, here or by another replica; after
 * some tries the session is left unjudged, which is a fault on record and no verdict.
 */
export function runJudgingJob(item: WorkItem, deps: JudgingWorkDeps): Promise<WorkOutcome> {
  const job = decodeJudgingJob(item.bytes);
  return inSpan('judge session', { kind: 'consumer', traceparent: job.traceparent }, () => judgeJob(job, item, deps));
}

async function judgeJob({ record, stages }: JudgingJob, item: WorkItem, deps: JudgingWorkDeps): Promise<WorkOutcome> {
  const id = `${record.method}/${record.userId}/${record.session}`;
  const failures: { stage: string; reason: string }[] = [];
  await judgeStages(record, deps.inputs, deps.judge, {
    signal: AbortSignal.any([item.signal, deps.stopping]),
    stages,
    async onStage(outcome) {
      if ('failure' in outcome) failures.push({ stage: outcome.stage, reason: outcome.failure.message });
      else await deps.bus.publish(eventOf(deps.runId, { $case: 'sessionJudged', value: { verdict: outcome.verdict, wallMs: outcome.wallMs } }, `${id}/${outcome.stage}/judged`));
    },
  });
  const [first] = failures;
  if (!first) return { done: true };
  if (item.signal.aborted || deps.stopping.aborted) return { again: true, afterMs: 0 };
  if (item.attempt < MOST_TRIES) return { again: true, afterMs: Math.min(8_000, 500 * 2 ** item.attempt), reason: first.reason };
  for (const { stage, reason } of failures) {
    await deps.bus.publish(eventOf(deps.runId, { $case: 'faultSeen', value: { service: 'judge', kind: 'unjudged', detail: `${id}/${stage}: ${reason}` } }));
  }
  return { dead: `${failures.map(({ stage }) => stage).join(', ')} of ${id} could not be judged: ${first.reason}` };
}

/** Deliveries of a session whose judge cannot be reached; the waits between them add up to about 20 seconds. */
const MOST_TRIES = 6;

export interface JudgingWorkDeps {
  runId: string;
  bus: Pick<Bus, 'publish'>;
  judge: JudgeClient<CallOptions>;
  inputs: JudgeInputs;
  /** Aborts when the run is to stop. */
  stopping: AbortSignal;
}
