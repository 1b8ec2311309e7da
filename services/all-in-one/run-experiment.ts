import { join } from 'node:path';
import { createBudget, createRoomy, eventOf, holdJudging, runBatch, startJudging } from '../orchestrator/service.ts';
import type { Experiment, Stage, Trajectory } from '../orchestrator/service.ts';
import { createInProcessBus } from '../platform/bus.ts';
import type { Bus } from '../platform/bus.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { ModelObserver } from '../platform/models/index.ts';
import { buildReport, createRecorder, progressOf, readSessions } from '../report/service.ts';
import type { Manifest, TrajectoryProgress } from '../report/service.ts';
import { countedBy } from './counted-by.ts';
import { refusedJudge } from './judge-anchors.ts';
import type { Models } from './models.ts';
import { createNetwork } from './network.ts';
import type { Network } from './network.ts';
import { limitsOf, prepareRun, trajectoriesOf } from './prepare-run.ts';
import type { PreparedRun, RunStart } from './prepare-run.ts';
import { judgeInputsOf } from './run-inputs.ts';
import { failures, openStages } from './run-records.ts';
import { spentBefore } from './spent-before.ts';

/**
 * Runs an experiment in one process, or goes on with a run that was stopped, and writes its report.
 * Everything that can be found wrong beforehand is, before anything is written. Throws AttuneError;
 * `cancelled` when the signal stopped the run, whose folder can then be resumed.
 */
export async function runExperiment(start: RunStart, deps: RunDeps): Promise<RunResult> {
  const { log, secrets } = deps;
  const budget = createBudget();
  const run = await prepareRun(start, { secrets, log, signal: deps.signal, observer: countedBy(budget, deps.observer), mayAsk: budget.mayAsk, simUrl: deps.simUrl });
  const { experiment, models, dir, manifest } = run;
  const signal = AbortSignal.any([deps.signal, budget.reached]);
  let network: Network | null = null;
  let bus: Bus | null = null;
  let recorder: Awaited<ReturnType<typeof createRecorder>> | null = null;
  try {
    const { prices } = experiment.models;
    budget.open(limitsOf(start, experiment), await spentBefore(dir, prices), prices);
    budget.mayAsk();
    network = await createNetwork(experiment, { models, secrets, stateDir: join(dir, 'state'), wire: deps.wire ? {} : null, log });
    bus = createInProcessBus({ log });
    recorder = await createRecorder({ dir, bus, log });
    const progress = await progressOf(dir);
    const { unjudged, refused } = await execute({ ...run, progress }, { network, bus, models, signal, log, onStart: deps.onStart });
    await bus.close();
    await recorder.close();
    recorder = bus = null;
    // A session that could not be judged must not hide the others; the report says how many there are.
    const table = deps.report === false ? '' : await buildReport(dir, { allowIncomplete: unjudged > 0 });
    return { dir, manifest, table, unjudged, ...(refused !== null && { judgeRefused: refused }), sessions: manifest.plan.sessionsPlanned, failed: await failures(dir) };
  } catch (error) {
    // What stopped the run is the limit, whatever then broke first.
    throw budget.reached.aborted && !deps.signal.aborted ? budget.reached.reason : error;
  } finally {
    budget.close();
    await bus?.close({ drain: false });
    await recorder?.close();
    await network?.close();
    await models.close();
  }
}

/** Runs and judges what is not on disk yet; returns how many stages were not judged, and why none was when the judge may not grade. */
async function execute(run: PreparedRun & { progress: TrajectoryProgress[] }, deps: ExecuteDeps): Promise<{ unjudged: number; refused: string | null }> {
  const { manifest, experiment, inputs, progress } = run;
  const { network, bus, models, signal } = deps;
  const { runId } = manifest;
  const startedAt = performance.now();
  const trajectories = trajectoriesOf(experiment, manifest, inputs);
  const recorded = new Map(progress.map((p) => [`${p.method}/${p.userId}`, p.recorded]));
  const doneOf = (t: Trajectory) => recorded.get(`${t.method}/${t.profile.userId}`) ?? 0;
  const sessionsRecorded = trajectories.reduce((sum, t) => sum + doneOf(t), 0);
  deps.onStart?.({ dir: run.dir, bus, manifest, trajectories, doneOf });

  const refused = await refusedJudge(run, deps);
  if (refused !== null) await bus.publish(eventOf(runId, { $case: 'faultSeen', value: { service: 'judge', kind: 'anchors_failed', detail: refused } }));
  const judging = refused === null ? startJudging({ bus, judge: network.judge, inputs: judgeInputsOf(inputs) }, { runId, signal }) : holdJudging(bus);
  const open = openStages(progress);
  const sessionsPlanned = manifest.plan.sessionsPlanned;
  await bus.publish(eventOf(runId, { $case: 'runStarted', value: { sessionsPlanned, sessionsRecorded } }));
  const publishEnd = (outcome: string) => {
    const value = { outcome, accounts: models.hub.accounts(), wallMs: performance.now() - startedAt };
    return bus.publish(eventOf(runId, { $case: 'runEnded', value }));
  };
  const roomy = createRoomy(experiment, { profiles: inputs.profiles.length });
  bus.subscribe({ name: 'room', facts: ['sessionEnded'], mode: 'queue' }, async ({ fact }) => {
    if (fact?.$case === 'sessionEnded' && fact.value.record) roomy.learn(fact.value.record);
  });
  try {
    const rejudging = judgeOpen(run.dir, open, judging);
    await runBatch(trajectories, batchDeps(experiment, deps), {
      runId,
      concurrency: roomy.sessions,
      maxTurns: experiment.maxTurns,
      simulatorSignals: experiment.preferences.reward === 'simulator',
      attempts: experiment.attempts,
      signal,
      isDone: (trajectory, session) => session < doneOf(trajectory),
    });
    await rejudging;
    await judging.idle();
    if (signal.aborted) throw new AttuneError('cancelled', 'The run was stopped.');
  } catch (error) {
    // What stopped the run matters more than that its end could not be written down either.
    await publishEnd('stopped').catch((lost: unknown) => deps.log.warn({ err: lost }, 'The end of the run could not be recorded.'));
    throw error;
  }
  await publishEnd('done');
  return { unjudged: judging.unjudged(), refused };
}

function batchDeps(experiment: Experiment, { network, bus, models, signal }: ExecuteDeps): Parameters<typeof runBatch>[1] {
  const isAllHere = experiment.services.simulator === undefined && experiment.methods.every((method) => typeof method === 'string');
  const oracles = new Set(network.methods.filter((m) => m.needsProfile).map((m) => m.name));
  return {
    bus,
    clientsOf: (method) => ({ simulator: network.simulator, agent: network.agentOf(method), agentNeedsProfile: oracles.has(method) }),
    brokenEndpoint: () => models.brokenEndpoint(signal),
    // Who asks for services elsewhere does not know how many calls they may make.
    calls: isAllHere ? models.capacity : null,
  };
}

async function judgeOpen(dir: string, open: Map<string, Stage[]>, judging: ReturnType<typeof startJudging>): Promise<void> {
  if (open.size === 0) return;
  const underWay = new Set<Promise<void>>();
  for await (const record of readSessions(dir)) {
    const stages = open.get(`${record.method}/${record.userId}/${record.session}`);
    if (!stages) continue;
    if (underWay.size >= JUDGED_AGAIN_AT_ONCE) await Promise.race(underWay);
    const judged = judging.judgeAgain(record, stages).finally(() => underWay.delete(judged));
    underWay.add(judged);
  }
  await Promise.all(underWay);
}

/** Sessions of an earlier execution in judgement at once; records are read from the disk no faster than they are judged. */
const JUDGED_AGAIN_AT_ONCE = 64;

export interface RunDeps {
  /** API keys by the name of their environment variable. */
  secrets: Readonly<Record<string, string | undefined>>;
  /** Loopback gRPC between the services in place of direct calls. */
  wire: boolean;
  log: Logger;
  /** Stops the run. */
  signal: AbortSignal;
  /** Told of every model call; for metrics. */
  observer?: ModelObserver | undefined;
  /** A simulated model server that is there already, with its /v1, in place of one of the run's own. */
  simUrl?: string | undefined;
  /** Called before the first session, with the bus to watch. */
  onStart?: (run: StartedRun) => void;
  /** False writes no report: the result's table is then empty. */
  report?: boolean;
}

export interface StartedRun {
  /** The run's folder. */
  dir: string;
  bus: Bus;
  manifest: Manifest;
  trajectories: readonly Trajectory[];
  /** Sessions of a trajectory that are on disk already. */
  doneOf(trajectory: Trajectory): number;
}

export interface RunResult {
  dir: string;
  manifest: Manifest;
  /** The headline table as text. */
  table: string;
  /** Stages that were not judged. */
  unjudged: number;
  /** Why the judge may not grade; only when it failed its anchors. */
  judgeRefused?: string;
  sessions: number;
  /** Sessions on record that neither ended well nor ran out of turns, and why the first of them failed. */
  failed: { count: number; first: string };
}

interface ExecuteDeps {
  network: Network;
  bus: Bus;
  models: Models;
  signal: AbortSignal;
  log: Logger;
  onStart: RunDeps['onStart'];
}
