import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../gen/attune/event/v1/event.ts';
import { createBudget, createRoomy, eventOf } from '../../orchestrator/service.ts';
import type { Budget, Limits, Trajectory } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { answerQuestions, clearBuried, createRunBus, isLease, openRunRegistry, openTrajectoryLog, openWorkQueue, readBuried, removeRunFromServer, takeLease } from '../../platform/nats.ts';
import type { Lease, Nats, RunState } from '../../platform/nats.ts';
import { buildReport, discardRunFolder, inputsText, progressOf } from '../../report/service.ts';
import { countedBy } from '../counted-by.ts';
import { refusedJudge } from '../judge-anchors.ts';
import { createNetwork } from '../network.ts';
import type { Network } from '../network.ts';
import { limitsOf, prepareRun, trajectoriesOf } from '../prepare-run.ts';
import type { PreparedRun, RunStart } from '../prepare-run.ts';
import type { RunDeps, RunResult } from '../run-experiment.ts';
import { failures } from '../run-records.ts';
import { spentBefore } from '../spent-before.ts';
import { fillQueues } from './fill-queues.ts';
import { keepRecording } from './keep-recording.ts';
import { writeSpec } from './run-spec.ts';
import { specOf } from './spec-of.ts';
import { openTally } from './tally.ts';
import { createToldSpending } from './told-spending.ts';
import { untilComplete, untilRecorded } from './until-complete.ts';
import { watchRun } from './watch-run.ts';
import { startJudgingSessions, startRunning } from './work-on-run.ts';

/**
 * Runs an experiment that other processes help with, or goes on with one: plans it, hands its trajectories to whoever takes work from the bus, records what comes
 * back and ends when every planned session is recorded and judged. Unless told otherwise this process also runs and judges. It serves over gRPC what the experiment
 * does not name an address for. Throws as `runExperiment` does; `already_exists` when another process coordinates the run.
 */
export async function coordinateRun(start: RunStart, nats: Nats, deps: CoordinateDeps): Promise<RunResult> {
  const { log, signal, secrets } = deps;
  const budget = createBudget();
  const run = await prepareRun(start, { secrets, log, signal, host: deps.host, observer: countedBy(budget, deps.observer), mayAsk: budget.mayAsk, simUrl: deps.simUrl });
  const limits = limitsOf(start, run.experiment);
  const releases: (() => Promise<unknown>)[] = [() => run.models.close(), async () => budget.close()];
  try {
    const lease = await coordinate(nats, run, deps).catch(async (thrown: unknown) => {
      if (!('resume' in start) && REFUSED.has(AttuneError.from(thrown).code)) await discardRunFolder(run.dir);
      throw thrown;
    });
    releases.push(() => lease.release());
    const network = await createNetwork(run.experiment, { models: run.models, secrets, stateDir: join(run.dir, 'state'), wire: wireAt(deps.host), log });
    releases.push(() => network.close());
    const { unjudged, refused } = await conduct(nats, run, { network, lease, budget, limits }, deps);
    const table = await buildReport(run.dir, { allowIncomplete: unjudged > 0 });
    return { dir: run.dir, manifest: run.manifest, table, unjudged, ...(refused !== null && { judgeRefused: refused }), sessions: run.manifest.plan.sessionsPlanned, failed: await failures(run.dir) };
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

/** A run that may not be coordinated here has not begun, and leaves no folder. */
const REFUSED: ReadonlySet<string> = new Set(['already_exists', 'permission_denied']);

/** Becomes the one coordinator of a run. */
async function coordinate(nats: Nats, { manifest, dir }: PreparedRun, { leaseMs, signal, log }: CoordinateDeps): Promise<Lease> {
  const { runId, createdAt } = manifest;
  const registry = openRunRegistry(nats);
  const known = await registry.status(runId);
  if (known && known.createdAt !== createdAt) {
    throw new AttuneError('already_exists', `The NATS server knows another run ${runId}, made at ${known.createdAt} in ${known.coordinator.dir} on ${known.coordinator.host}; give this one another name, or remove that one with: attune runs remove ${runId}`);
  }
  log.info({ runId }, 'Asking for the right to coordinate the run.');
  const lease = await takeLease(nats, registry.leaseKey(runId, 'coordinator'), { leaseMs, signal });
  if (isLease(lease)) return lease;
  throw new AttuneError('already_exists', `The run ${runId} is coordinated by process ${lease.pid} on ${lease.host} already (folder ${known?.coordinator.dir ?? dir}); help it with attune serve runner and attune serve judge, or stop it first.`);
}

async function conduct(nats: Nats, run: PreparedRun, parts: Parts, deps: CoordinateDeps): Promise<{ unjudged: number; refused: string | null }> {
  const { experiment, inputs, models, dir, manifest } = run;
  const { network, lease, budget, limits } = parts;
  const { log, leaseMs, signal } = deps;
  const { runId } = manifest;
  const startedAt = performance.now();
  const registry = openRunRegistry(nats);
  const trajectories = trajectoriesOf(experiment, manifest, inputs);
  const placeOf = new Map(trajectories.map((t, index) => [`${t.method}/${t.profile.userId}`, index]));
  const work = openWorkQueue(nats, 'work', { runId, leaseMs });
  const limited = Object.values(limits).some((limit) => limit !== undefined);
  // Before anybody judges; a judge that is told to wait judges nothing that a later one would not accept.
  const refused = await refusedJudge(run, { network, signal, log });
  const judging = refused === null;
  const spec = specOf(run, network, { ...deps, limited, judging });

  const progress = await progressOf(dir);
  const recorded = new Map(progress.map((p) => [`${p.method}/${p.userId}`, p.recorded]));
  const doneOf = (t: Trajectory) => recorded.get(`${t.method}/${t.profile.userId}`) ?? 0;
  await startAfresh(nats, runId, (trajectory) => doneOf(trajectories[trajectory]!));
  await registry.setControl(runId, { wanted: 'run', reason: '' });
  await writeSpec(nats, spec, inputsText(inputs));
  const tally = await openTally(dir, trajectories, { judging });
  const spending = createToldSpending(experiment, { onSpent: (usage) => budget.add(usage.model, usage) });
  const roomy = createRoomy(experiment, { profiles: inputs.profiles.length });
  const setStatus = (state: RunState, reason = '') =>
    registry.setStatus({ schemaVersion: 1, runId, name: manifest.name, state, reason, createdAt: manifest.createdAt, updatedAt: new Date().toISOString(), sessionsPlanned: tally.planned, sessionsRecorded: tally.sessions(), verdictsRecorded: tally.judged(), coordinator: { host: hostname(), pid: process.pid, dir }, ...(limited && { limits, spent: budget.spent() }) });
  await setStatus('running');

  const watch = await watchRun(nats, runId, { leaseMs });
  const recording = keepRecording(nats, { runId, dir, leaseMs, log, trajectoryOf: (record) => placeOf.get(`${record.method}/${record.userId}`) ?? trajectories.length });
  const answers: Record<string, () => Promise<string>> = {
    brokenEndpoint: async () => (await models.brokenEndpoint(signal)) ?? '',
    limitReached: async () => (budget.reached.aborted ? AttuneError.from(budget.reached.reason).message : ''),
  };
  const questions = answerQuestions(nats, runId, async (question) => (Object.hasOwn(answers, question) ? await answers[question]!() : ''));
  const bus = createRunBus(nats, { runId, leaseMs });
  const helpers: { stop(): Promise<void> }[] = [];
  const publishEnd = async (outcome: string) => {
    const accounts = [...models.hub.accounts(), ...spending.accounts()];
    await bus.publish(eventOf(runId, { $case: 'runEnded', value: { outcome, accounts, wallMs: performance.now() - startedAt } }));
    await untilRecorded(nats, runId, recording.failed);
  };
  try {
    deps.onStart?.({ dir, bus, manifest, trajectories, doneOf });
    if (refused !== null) await bus.publish(eventOf(runId, { $case: 'faultSeen', value: { service: 'judge', kind: 'anchors_failed', detail: refused } }));
    const began = eventOf(runId, { $case: 'runStarted', value: { sessionsPlanned: tally.planned, sessionsRecorded: trajectories.reduce((sum, t) => sum + doneOf(t), 0) } });
    let hasBegun = false;
    // One of its own name each time: it counts from the first fact that the server still has.
    bus.subscribe({ name: `tally ${crypto.randomUUID()}`, facts: TALLIED, mode: 'queue', concurrency: 256, replay: true }, async (event) => {
      tally.take(event, began.eventId);
      hasBegun ||= event.eventId === began.eventId;
      // What came before is what earlier executions spent.
      if (hasBegun) spending.take(event);
      if (event.fact?.$case === 'sessionEnded' && event.fact.value.record) roomy.learn(event.fact.value.record);
    });
    await bus.publish(began);
    if (limited) {
      await untilRecorded(nats, runId, recording.failed);
      budget.open(limits, await spentBefore(dir, experiment.models.prices, began.eventId), experiment.models.prices);
      budget.mayAsk();
    }
    await fillQueues(nats, { runId, dir, leaseMs, trajectories, progress, doneOf });
    if (deps.workers) {
      const shared = { spec, experiment, inputs, watch };
      const oracles = new Set(spec.oracles);
      helpers.push(await startRunning(nats, shared, (method) => ({ simulator: network.simulator, agent: network.agentOf(method), agentNeedsProfile: oracles.has(method) }), roomy.sessions));
      helpers.push(await startJudgingSessions(nats, shared, network.judge, JUDGED_AT_ONCE, { publish: publishVerdict }));
    }
    await Promise.race([recording.failed, untilComplete(nats, { runId, tally, work, watch, lease, setStatus, signal, limit: budget.reached })]);
    await untilRecorded(nats, runId, recording.failed);
    await publishEnd('done');
    await setStatus('done');
    for (const helper of helpers.splice(0)) await helper.stop();
    await bus.close({ drain: false });
    await recording.close();
    await removeRunFromServer(nats, runId);
    return { unjudged: tally.unjudged(), refused };
  } catch (thrown) {
    // What stopped the run is the limit, whatever then broke first.
    const why: unknown = budget.reached.aborted && !signal.aborted ? budget.reached.reason : thrown;
    await stopRun(why);
    throw why;
  } finally {
    questions.close();
    await watch.close();
  }

  /** A verdict of this process's own judge, whose calls are counted already. */
  async function publishVerdict(event: Event): Promise<void> {
    // Some of the judge's calls may have been refused since the limit was reached.
    if (event.fact?.$case === 'sessionJudged') budget.mayAsk();
    if (experiment.services.judge === undefined) spending.judgedHere(event.eventId);
    await bus.publish(event);
  }

  /** Leaves a run that can be gone on with, and workers that have let go of it. */
  async function stopRun(thrown: unknown): Promise<void> {
    const error = AttuneError.from(thrown);
    const wasCancelled = (await registry.control(runId).catch(() => null))?.wanted === 'cancel';
    const state = wasCancelled ? 'cancelled' : error.code === 'cancelled' || thrown === budget.reached.reason ? 'stopped' : 'failed';
    const attempt = async (what: string, undertake: () => Promise<unknown>) => {
      await undertake().catch((lost: unknown) => log.warn({ err: lost, problem: AttuneError.from(lost).message }, what));
    };
    if (lease.isHeld()) {
      if (!wasCancelled) await attempt('Workers could not be told that the run stops.', () => registry.setControl(runId, { wanted: 'stop', reason: error.message }));
      for (const helper of helpers.splice(0)) await attempt('A part of the run could not be stopped.', () => helper.stop());
      await attempt('The queues of the run could not be emptied.', async () => {
        await work.purge();
        await openWorkQueue(nats, 'judging', { runId, leaseMs }).purge();
      });
      await attempt('The end of the run could not be recorded.', () => Promise.race([publishEnd('stopped'), sleep(STOP_MS)]));
      await attempt('The status of the run could not be told.', () => setStatus(state, error.message));
    } else {
      for (const helper of helpers.splice(0)) await attempt('A part of the run could not be stopped.', () => helper.stop());
    }
    await attempt('The bus of the run could not be closed.', () => bus.close({ drain: false }));
    await attempt('The recorder could not be stopped.', () => recording.close());
  }
}

/** Lets a trajectory that was given up be tried again: whoever goes on with the run has done something about it, or wants to see it fail anew. */
async function startAfresh(nats: Nats, runId: string, firstOf: (trajectory: number) => number): Promise<void> {
  const given = (await readBuried(nats, runId)).filter(({ queue }) => queue === 'work');
  for (const trajectory of new Set(given.map(({ key }) => Number(key)))) await openTrajectoryLog(nats, runId, trajectory).forgive(firstOf(trajectory));
  await clearBuried(nats, runId);
}

const TALLIED = ['runStarted', 'sessionStarted', 'turnCompleted', 'sessionEnded', 'sessionJudged', 'faultSeen'] as const;
/** Sessions judged at once by the coordinator itself; how many calls an endpoint gets is its own limit's business. */
const JUDGED_AT_ONCE = 256;
/** How long the last facts of a stopped run are waited for, in milliseconds. */
const STOP_MS = 10_000;
function wireAt(host: string | undefined): Record<string, { host: string }> {
  if (host === undefined) return {};
  return Object.fromEntries(['simulator', 'agent', 'preference-store', 'judge'].map((name) => [name, { host }]));
}

export interface CoordinateDeps extends Omit<RunDeps, 'wire'> {
  /** How long a silent worker keeps its work, in milliseconds. */
  leaseMs: number;
  /** Whether this process also runs and judges. */
  workers: boolean;
  /** Where the services of this process listen; this machine only unless told. */
  host?: string | undefined;
  /** The name by which other machines reach this one. */
  advertise?: string | undefined;
}

interface Parts {
  network: Network;
  lease: Lease;
  budget: Budget;
  limits: Limits;
}
