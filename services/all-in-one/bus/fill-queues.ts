import { existsSync } from 'node:fs';
import { Event } from '../../gen/attune/event/v1/event.ts';
import { createWorkLeft, encodeJudgingJob, encodeTrajectoryJob } from '../../orchestrator/service.ts';
import type { Trajectory, WorkLeft } from '../../orchestrator/service.ts';
import { readLines } from '../../platform/append-log.ts';
import { openWorkQueue } from '../../platform/nats.ts';
import type { Nats } from '../../platform/nats.ts';
import { readSessions, runPaths } from '../../report/service.ts';
import type { TrajectoryProgress } from '../../report/service.ts';
import { openStages } from '../run-records.ts';

/**
 * Puts every trajectory that is not on record whole into the work queue, those with the most work left first, and every recorded session that lacks a verdict into the
 * judging queue.
 */
export async function fillQueues(nats: Nats, run: FilledRun): Promise<void> {
  const { runId, dir, leaseMs, trajectories, progress, doneOf } = run;
  const work = openWorkQueue(nats, 'work', { runId, leaseMs });
  const judging = openWorkQueue(nats, 'judging', { runId, leaseMs });
  const workLeft = await learnWork(dir);
  const left = trajectories
    .map((t, trajectory) => ({ trajectory, first: doneOf(t), whole: t.sessions.length, workLeft: workLeft.of(t, doneOf(t), 0) }))
    .filter(({ first, whole }) => first < whole)
    .sort((one, other) => other.workLeft - one.workLeft);
  for (let from = 0; from < left.length; from += PUT_AT_ONCE) {
    await Promise.all(left.slice(from, from + PUT_AT_ONCE).map(({ trajectory, first }) => work.put(String(trajectory), encodeTrajectoryJob({ trajectory, first }))));
  }
  const open = openStages(progress);
  if (open.size === 0) return;
  const places = new Map(trajectories.map((t, index) => [`${t.method}/${t.profile.userId}`, index]));
  for await (const record of readSessions(dir)) {
    const stages = open.get(`${record.method}/${record.userId}/${record.session}`);
    if (stages) await judging.put(`${places.get(`${record.method}/${record.userId}`)}.${record.session}`, encodeJudgingJob({ record, stages }));
  }
}

const PUT_AT_ONCE = 64;

/** What the sessions on record say of how long sessions are, by the turns and model times that earlier executions told. */
async function learnWork(dir: string): Promise<WorkLeft> {
  const workLeft = createWorkLeft();
  if (!existsSync(runPaths(dir).events)) return workLeft;
  const turns = new Map<string, number>();
  for await (const { line } of readLines(runPaths(dir).events, { tail: 'skip' })) {
    const told = JSON.parse(line) as { turnCompleted?: unknown; sessionEnded?: ToldEnd };
    if (told.turnCompleted !== undefined) {
      const { fact } = Event.fromJSON(told);
      if (fact?.$case !== 'turnCompleted') continue;
      const { key, turn } = fact.value;
      turns.set(`${key?.user?.method}/${key?.user?.userId}/${key?.session}`, turn + 1);
    }
    if (told.sessionEnded === undefined) continue;
    const { method, userId, session, wallMs, usage = [] } = told.sessionEnded;
    const modelMs = usage.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0);
    workLeft.learn({ method, session, turns: turns.get(`${method}/${userId}/${session}`) ?? 0, ms: modelMs || wallMs });
    turns.delete(`${method}/${userId}/${session}`);
  }
  return workLeft;
}

/** As in events.ndjson. */
interface ToldEnd {
  method: string;
  userId: string;
  session: number;
  wallMs: number;
  usage?: { latencyMs?: number }[];
}

interface FilledRun {
  runId: string;
  /** The run's folder. */
  dir: string;
  leaseMs: number;
  trajectories: readonly Trajectory[];
  progress: readonly TrajectoryProgress[];
  /** Sessions of a trajectory that are on record. */
  doneOf(trajectory: Trajectory): number;
}
