import type { JudgeClient } from '../../gen/attune/judge/v1/judge.ts';
import { createTurns, Interrupted, runJudgingJob, runTrajectoryJob } from '../../orchestrator/service.ts';
import type { Experiment, SessionClients } from '../../orchestrator/service.ts';
import type { Bus } from '../../platform/bus.ts';
import { askAbout, createRunBus, openTrajectoryLog, openWorkQueue, shareSpareWork } from '../../platform/nats.ts';
import type { Nats, Taking } from '../../platform/nats.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { RunInputs } from '../../report/service.ts';
import { trajectoriesOf } from '../prepare-run.ts';
import { judgeInputsOf } from '../run-inputs.ts';
import type { RunSpec } from './run-spec.ts';
import type { RunWatch } from './watch-run.ts';

/**
 * Takes trajectories of a run and plays their sessions, so many at once, until it is stopped. It holds more trajectories than it plays at once, so that those with the
 * most work left go first, and gives those that wait to another runner that has nothing to do. `sessions` is asked anew each time.
 */
export async function startRunning(nats: Nats, run: SharedRun, clientsOf: (method: string) => SessionClients, sessions: () => number): Promise<Working> {
  const { spec, experiment, inputs, watch } = run;
  const { runId } = spec.manifest;
  const { leaseMs, hosted, limited } = spec;
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
  // What was asked of the coordinator's models after they were told to refuse may lie in the session.
  const mayEnd = async () => {
    if (!limited || !hosted) return;
    const reached = await askAbout(nats, runId, 'limitReached').catch((thrown: unknown) => Promise.reject(new Interrupted(AttuneError.from(thrown).message)));
    if (reached !== '') throw new Interrupted(reached);
  };
  const turns = createTurns(sessions);
  const deps = { bus, log: nats.log, leaseMs, stopping: watch.stopping, untilWanted: watch.untilWanted, mustStop, mayEnd, turns, openLog: (trajectory: number) => openTrajectoryLog(nats, runId, trajectory) };
  const isOpen = () => !watch.stopping.aborted && !watch.isPaused() && (!hosted || watch.isCoordinated());
  const spare = () => Math.min(HELD_FOR_EACH * sessions(), MOST_SPARE);
  const taking = await openWorkQueue(nats, 'work', { runId, leaseMs }).take({ concurrency: sessions, spare, isOpen }, (item) => runTrajectoryJob(item, runnable, deps));
  const sharing = evenOut(nats, runId, { taking, turns, freePlaces: () => (isOpen() ? sessions() - taking.running() : 0) });
  return {
    async stop(options) {
      sharing.close();
      await taking.stop(options);
    },
    running: taking.running,
  };
}

/** Trajectories held beside each one that is played, and the most of them: each is a sign of life to the server three times a lease. */
const HELD_FOR_EACH = 7;
const MOST_SPARE = 512;

/** Asks other runners for what waits with them while places are free here, ever less often while nothing comes; and gives what waits here when they ask. */
function evenOut(nats: Nats, runId: string, { taking, turns, freePlaces }: Shared): { close(): void } {
  const others = shareSpareWork(nats, runId, (places) => {
    if (turns.waiting() === 0) return;
    void taking.giveWay().then(() => turns.give(places));
  });
  let wait = ASK_MS;
  let timer: NodeJS.Timeout;
  const look = () => {
    const places = freePlaces();
    if (places > 0) others.ask(places);
    wait = places > 0 ? Math.min(2 * wait, MOST_ASK_MS) : ASK_MS;
    timer = setTimeout(look, wait);
  };
  timer = setTimeout(look, wait);
  return {
    close() {
      clearTimeout(timer);
      others.close();
    },
  };
}

const ASK_MS = 250;
const MOST_ASK_MS = 4_000;

/** Takes recorded sessions of a run and judges them, so many at once, until it is stopped. Verdicts go by `publisher`, which may refuse them. */
export async function startJudgingSessions(nats: Nats, run: SharedRun, judge: JudgeClient<{ signal?: AbortSignal }>, concurrency: number, publisher?: Publisher): Promise<Working> {
  const { spec, inputs, watch } = run;
  const { runId } = spec.manifest;
  const deps = { runId, bus: publisher ?? createRunBus(nats, { runId, leaseMs: spec.leaseMs }), judge, inputs: judgeInputsOf(inputs), stopping: watch.stopping };
  // A judge that may not grade is no reason to lose what is to be judged: it waits.
  const isOpen = () => spec.judging && !watch.stopping.aborted && !watch.isPaused();
  const taking = await openWorkQueue(nats, 'judging', { runId, leaseMs: spec.leaseMs }).take({ concurrency, isOpen }, (item) => runJudgingJob(item, deps));
  return { stop: (options) => taking.stop(options), running: taking.running };
}

type Publisher = Pick<Bus, 'publish'>;

interface Shared {
  taking: Taking;
  turns: ReturnType<typeof createTurns>;
  /** Sessions that could begin here at once. */
  freePlaces(): number;
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
