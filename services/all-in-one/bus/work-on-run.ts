import type { JudgeClient } from '../../gen/attune/judge/v1/judge.ts';
import { Interrupted, runJudgingJob, runTrajectoryJob } from '../../orchestrator/service.ts';
import type { Experiment, SessionClients } from '../../orchestrator/service.ts';
import { askAbout, createRunBus, openTrajectoryLog, openWorkQueue } from '../../platform/nats.ts';
import type { Nats } from '../../platform/nats.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { RunInputs } from '../../report/service.ts';
import { trajectoriesOf } from '../prepare-run.ts';
import { judgeInputsOf } from '../run-inputs.ts';
import type { RunSpec } from './run-spec.ts';
import type { RunWatch } from './watch-run.ts';

/** Takes trajectories of a run and plays them, so many at once, until it is stopped. */
export async function startRunning(nats: Nats, run: SharedRun, clientsOf: (method: string) => SessionClients, concurrency: number): Promise<Working> {
  const { spec, experiment, inputs, watch } = run;
  const { runId } = spec.manifest;
  const { leaseMs, hosted } = spec;
  const bus = createRunBus(nats, { runId, leaseMs });
  const runnable = {
    trajectories: trajectoriesOf(experiment, spec.manifest, inputs),
    clientsOf,
    settings: { runId, maxTurns: experiment.maxTurns, simulatorSignals: experiment.preferences.reward === 'simulator', attempts: experiment.attempts },
  };
  const specRevision = watch.specRevision();
  const mustStop = async (failure: AttuneError) => {
    if (failure.code !== 'unavailable' && failure.code !== 'unauthenticated') return;
    // What the coordinator serves goes and comes back with it; only it can tell whether a model endpoint is broken.
    const problem = await askAbout(nats, runId, 'brokenEndpoint').catch((thrown: unknown) => {
      if (hosted) throw new Interrupted(AttuneError.from(thrown).message, { cause: failure });
      return '';
    });
    if (hosted && watch.specRevision() !== specRevision) throw new Interrupted('The coordinator of the run has come back at another address.', { cause: failure });
    if (problem !== '') throw new AttuneError('unavailable', problem, { cause: failure });
  };
  const deps = { bus, log: nats.log, leaseMs, stopping: watch.stopping, untilWanted: watch.untilWanted, mustStop, openLog: (trajectory: number) => openTrajectoryLog(nats, runId, trajectory) };
  const isOpen = () => !watch.stopping.aborted && !watch.isPaused() && (!hosted || watch.isCoordinated());
  const taking = await openWorkQueue(nats, 'work', { runId, leaseMs }).take({ concurrency, isOpen }, (item) => runTrajectoryJob(item, runnable, deps));
  return { stop: (options) => taking.stop(options), running: taking.running };
}

/** Takes recorded sessions of a run and judges them, so many at once, until it is stopped. */
export async function startJudgingSessions(nats: Nats, run: SharedRun, judge: JudgeClient<{ signal?: AbortSignal }>, concurrency: number): Promise<Working> {
  const { spec, inputs, watch } = run;
  const { runId } = spec.manifest;
  const deps = { runId, bus: createRunBus(nats, { runId, leaseMs: spec.leaseMs }), judge, inputs: judgeInputsOf(inputs), stopping: watch.stopping };
  const isOpen = () => !watch.stopping.aborted && !watch.isPaused();
  const taking = await openWorkQueue(nats, 'judging', { runId, leaseMs: spec.leaseMs }).take({ concurrency, isOpen }, (item) => runJudgingJob(item, deps));
  return { stop: (options) => taking.stop(options), running: taking.running };
}

/** A run as its workers see it. */
export interface SharedRun {
  spec: RunSpec;
  experiment: Experiment;
  inputs: RunInputs;
  watch: RunWatch;
}

export interface Working {
  /** Takes no more work; what is in work is given back unless it is to be finished. */
  stop(options?: { finish?: boolean }): Promise<void>;
  running(): number;
}
