import { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Stage } from '../judge-sessions.ts';

/** A trajectory as it is handed out: its place in the plan, and the first session that was not on record then. */
export interface TrajectoryJob {
  trajectory: number;
  first: number;
}

/** A session as it is handed to a judge: its record, and the stages to judge. */
export interface JudgingJob {
  record: SessionRecord;
  stages: readonly Stage[];
  /** Of the session's trace. */
  traceparent?: string | undefined;
}

export function encodeTrajectoryJob(job: TrajectoryJob): Uint8Array {
  return encode(job);
}

export function decodeTrajectoryJob(bytes: Uint8Array): TrajectoryJob {
  const { trajectory, first } = decode(bytes) as Partial<TrajectoryJob>;
  if (Number.isInteger(trajectory) && Number.isInteger(first)) return { trajectory: trajectory!, first: first! };
  throw new AttuneError('data_loss', 'A trajectory in the work queue should name its place in the plan and its first session, found neither.');
}

export function encodeJudgingJob({ record, stages, traceparent }: JudgingJob): Uint8Array {
  return encode({ record: SessionRecord.toJSON(record), stages, traceparent });
}

export function decodeJudgingJob(bytes: Uint8Array): JudgingJob {
  const { record, stages, traceparent } = decode(bytes) as { record: unknown; stages: Stage[]; traceparent?: string };
  return { record: SessionRecord.fromJSON(record), stages, traceparent };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
