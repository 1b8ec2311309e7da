import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRoomy, encodeJudgingJob, encodeTrajectoryJob, eventOf } from '../../orchestrator/service.ts';
import type { Trajectory } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { answerQuestions, clearBuried, createRunBus, isCaughtUp, isLease, openRunRegistry, openWorkQueue, readBuried, removeRunFromServer, takeLease } from '../../platform/nats.ts';
import type { Lease, Nats, RunState } from '../../platform/nats.ts';
import { buildReport, inputsText, progressOf, readSessions } from '../../report/service.ts';
import { callDeadlineMs, createNetwork } from '../network.ts';
import type { Network } from '../network.ts';
import { prepareRun, trajectoriesOf } from '../prepare-run.ts';
import type { PreparedRun, RunStart } from '../prepare-run.ts';
import type { RunDeps, RunResult } from '../run-experiment.ts';
import { failures, openStages } from '../run-records.ts';
import { keepRecording, recorderName } from './keep-recording.ts';
import type { RunSpec } from './run-spec.ts';
import { writeSpec } from './run-spec.ts';
import { openTally } from './tally.ts';
import type { Tally } from './tally.ts';
import { watchRun } from './watch-run.ts';
import { startJudgingSessions, startRunning } from './work-on-run.ts';

/**
 * Runs an experiment that other processes help with, or goes on with one: plans it, hands its trajectories to whoever takes work from the bus, records what comes
 * back and ends when every planned session is recorded and judged. Unless told otherwise this process also runs and judges. It serves over gRPC what the experiment
 * does not name an address for. Throws as `runExperiment` does; `already_exists` when another process coordinates the run.
 */
export async function coordinateRun(start: RunStart, nats: Nats, deps: CoordinateDeps): Promise<RunResult> {
  const { log, signal, secrets } = deps;
  const run = await prepareRun(start, { secrets, log, signal, host: deps.host, observer: deps.observer, simUrl: deps.simUrl });
  const releases: (() => Promise<unknown>)[] = [() => run.models.close()];
  try {
    const lease = await coordinate(nats, run, deps);
    releases.push(() => lease.release());
    const network = await createNetwork(run.experiment, { models: run.models, secrets, stateDir: join(run.dir, 'state'), wire: wireAt(deps.host), log });
    releases.push(() => network.close());
    const unjudged = await conduct(nats, run, network, lease, deps);
    const table = await buildReport(run.dir, { allowIncomplete: unjudged > 0 });
    return { dir: run.dir, manifest: run.manifest, table, unjudged, sessions: run.manifest.plan.sessionsPlanned, failed: await failures(run.dir) };
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

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

async function conduct(nats: Nats, run: PreparedRun, network: Network, lease: Lease, deps: CoordinateDeps): Promise<number> {
  const { experiment, inputs, models, dir, manifest } = run;
  const { log, leaseMs } = deps;
  const { runId } = manifest;
  const startedAt = performance.now();
  const registry = openRunRegistry(nats);
  const trajectories = trajectoriesOf(experiment, manifest, inputs);
  const placeOf = new Map(trajectories.map((t, index) => [`${t.method}/${t.profile.userId}`, index]));
  const work = openWorkQueue(nats, 'work', { runId, leaseMs });
  const spec = specOf(run, network, deps);

  await clearBuried(nats, runId);
  await registry.setControl(runId, { wanted: 'run', reason: '' });
  await writeSpec(nats, spec, inputsText(inputs));
  const tally = await openTally(dir, trajectories);
  const setStatus = (state: RunState, reason = '') =>
    registry.setStatus({ schemaVersion: 1, runId, name: manifest.name, state, reason, createdAt: manifest.createdAt, updatedAt: new Date().toISOString(), sessionsPlanned: tally.planned, sessionsRecorded: tally.sessions(), verdictsRecorded: tally.judged(), coordinator: { host: hostname(), pid: process.pid, dir } });
  await setStatus('running');

  const watch = await watchRun(nats, runId, { leaseMs });
  const recording = keepRecording(nats, { runId, dir, leaseMs, log, trajectoryOf: (record) => placeOf.get(`${record.method}/${record.userId}`) ?? trajectories.length });
  const questions = answerQuestions(nats, runId, async (question) => (question === 'brokenEndpoint' ? ((await models.brokenEndpoint(deps.signal)) ?? '') : ''));
  const bus = createRunBus(nats, { runId, leaseMs });
  const helpers: { stop(): Promise<void> }[] = [];
  const publishEnd = async (outcome: string) => {
    await bus.publish(eventOf(runId, { $case: 'runEnded', value: { outcome, accounts: models.hub.accounts(), wallMs: performance.now() - startedAt } }));
    await untilRecorded(nats, runId, recording.failed);
  };
  try {
    const done = await enqueue(nats, run, trajectories, { leaseMs });
    const sessionsRecorded = trajectories.reduce((sum, t) => sum + (done.get(t) ?? 0), 0);
    deps.onStart?.({ dir, bus, manifest, trajectories, doneOf: (t) => done.get(t) ?? 0 });
    // One of its own name each time: it counts from the first fact that the server still has.
    const began = eventOf(runId, { $case: 'runStarted', value: { sessionsPlanned: tally.planned, sessionsRecorded } });
    bus.subscribe({ name: `tally ${crypto.randomUUID()}`, facts: ['runStarted', 'sessionEnded', 'sessionJudged', 'faultSeen'], mode: 'queue', concurrency: 256, replay: true }, async (event) => tally.take(event, began.eventId));
    await bus.publish(began);
    if (deps.workers) {
      const shared = { spec, experiment, inputs, watch };
      const oracles = new Set(spec.oracles);
      helpers.push(await startRunning(nats, shared, (method) => ({ simulator: network.simulator, agent: network.agentOf(method), agentNeedsProfile: oracles.has(method) }), createRoomy(experiment, { profiles: inputs.profiles.length }).sessions()));
      helpers.push(await startJudgingSessions(nats, shared, network.judge, JUDGED_AT_ONCE));
    }
    await Promise.race([recording.failed, untilComplete(nats, { runId, tally, work, watch, lease, setStatus, signal: deps.signal })]);
    await untilRecorded(nats, runId, recording.failed);
    await publishEnd('done');
    await setStatus('done');
    for (const helper of helpers.splice(0)) await helper.stop();
    await bus.close({ drain: false });
    await recording.close();
    await removeRunFromServer(nats, runId);
    return tally.unjudged();
  } catch (thrown) {
    await stopRun(thrown);
    throw thrown;
  } finally {
    questions.close();
    await watch.close();
  }

  /** Leaves a run that can be gone on with, and workers that have let go of it. */
  async function stopRun(thrown: unknown): Promise<void> {
    const error = AttuneError.from(thrown);
    const wasCancelled = (await registry.control(runId).catch(() => null))?.wanted === 'cancel';
    const state = wasCancelled ? 'cancelled' : error.code === 'cancelled' ? 'stopped' : 'failed';
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

/** Sessions judged at once by the coordinator itself; how many calls an endpoint gets is its own limit's business. */
const JUDGED_AT_ONCE = 256;
/** How long the last facts of a stopped run are waited for, in milliseconds. */
const STOP_MS = 10_000;
const LOOK_MS = 200;

/** Every trajectory that is not on record whole goes into the work queue, and every recorded session that lacks a verdict into the judging queue. */
async function enqueue(nats: Nats, { dir, manifest }: PreparedRun, trajectories: readonly Trajectory[], { leaseMs }: { leaseMs: number }): Promise<Map<Trajectory, number>> {
  const { runId } = manifest;
  const progress = await progressOf(dir);
  const recorded = new Map(progress.map((p) => [`${p.method}/${p.userId}`, p.recorded]));
  const done = new Map(trajectories.map((t) => [t, recorded.get(`${t.method}/${t.profile.userId}`) ?? 0]));
  const work = openWorkQueue(nats, 'work', { runId, leaseMs });
  const judging = openWorkQueue(nats, 'judging', { runId, leaseMs });
  const left = trajectories.map((t, trajectory) => ({ t, trajectory, first: done.get(t)! })).filter(({ t, first }) => first < t.sessions.length);
  for (let from = 0; from < left.length; from += PUT_AT_ONCE) {
    await Promise.all(left.slice(from, from + PUT_AT_ONCE).map(({ trajectory, first }) => work.put(String(trajectory), encodeTrajectoryJob({ trajectory, first }))));
  }
  const open = openStages(progress);
  const places = new Map(trajectories.map((t, index) => [`${t.method}/${t.profile.userId}`, index]));
  if (open.size > 0) {
    for await (const record of readSessions(dir)) {
      const stages = open.get(`${record.method}/${record.userId}/${record.session}`);
      if (stages) await judging.put(`${places.get(`${record.method}/${record.userId}`)}.${record.session}`, encodeJudgingJob({ record, stages }));
    }
  }
  return done;
}

const PUT_AT_ONCE = 64;

async function untilComplete(nats: Nats, run: Conducted): Promise<void> {
  const { runId, tally, watch, lease, setStatus, signal } = run;
  let told = 0;
  let looksAtRest = 0;
  for (;;) {
    if (tally.isComplete()) return;
    if (signal.aborted) throw new AttuneError('cancelled', 'The run was stopped.');
    if (watch.stopping.aborted) throw AttuneError.from(watch.stopping.reason);
    if (!lease.isHeld()) throw new AttuneError('cancelled', 'The NATS server was out of reach for too long, or another process coordinates the run now.');
    if (performance.now() - told > STATUS_MS) {
      told = performance.now();
      await setStatus(watch.isPaused() ? 'paused' : 'running');
      const dead = (await readBuried(nats, runId)).filter(({ queue }) => queue === 'work');
      // The others are played and judged to their end first. What was just told may not have been counted at the first look.
      looksAtRest = dead[0] && (await isAtRest(nats, run)) ? looksAtRest + 1 : 0;
      if (dead[0] && looksAtRest > 1) throw new AttuneError('failed_precondition', `${dead.length} of the run's trajectories were given up; the first one because: ${dead[0].reason}`);
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const STATUS_MS = 1_000;

/** Whether no trajectory waits or is in work, every fact is recorded and every session that is there is judged or given up. */
async function isAtRest(nats: Nats, { runId, work, tally }: Conducted): Promise<boolean> {
  const { waiting, held } = await work.counts();
  return waiting + held === 0 && (await isCaughtUp(nats, runId, recorderName(runId))) && tally.isSettled();
}

/** Waits until the recorder, wherever it is, has written everything that was published. */
async function untilRecorded(nats: Nats, runId: string, failed: Promise<never>): Promise<void> {
  while (!(await Promise.race([failed, isCaughtUp(nats, runId, recorderName(runId))]))) await sleep(LOOK_MS / 4);
}

function wireAt(host: string | undefined): Record<string, { host: string }> {
  if (host === undefined) return {};
  return Object.fromEntries(['simulator', 'agent', 'preference-store', 'judge'].map((name) => [name, { host }]));
}

function specOf({ manifest, experiment, models }: PreparedRun, network: Network, { leaseMs, host, advertise, simUrl: given }: CoordinateDeps): RunSpec {
  const reachable = (address: string) => (advertise === undefined || host === undefined ? address : address.replace(/^.*:/, `${advertise}:`));
  const served = (name: string) => reachable(network.addresses[name]!);
  const { services } = experiment;
  const simUrl = models.simUrl !== null && advertise !== undefined && given === undefined ? models.simUrl.replace(/\/\/[^/]*:/, `//${advertise}:`) : models.simUrl;
  return {
    schemaVersion: 1,
    manifest,
    leaseMs,
    oracles: network.methods.filter((m) => m.needsProfile).map((m) => m.name),
    services: {
      simulator: services.simulator ?? served('simulator'),
      agents: Object.fromEntries(experiment.methods.map((m) => (typeof m === 'string' ? [m, served('agent')] : [m.name, m.target]))),
      judge: services.judge ?? null,
    },
    simUrl,
    deadlineMs: callDeadlineMs(experiment),
    hosted: services.simulator === undefined || experiment.methods.some((m) => typeof m === 'string'),
  };
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

interface Conducted {
  runId: string;
  tally: Tally;
  work: ReturnType<typeof openWorkQueue>;
  watch: Awaited<ReturnType<typeof watchRun>>;
  lease: Lease;
  setStatus(state: RunState, reason?: string): Promise<void>;
  signal: AbortSignal;
}
