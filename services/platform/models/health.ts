import { AttuneError } from '../errors.ts';
import type { Canary } from './canary.ts';
import type { ModelServer } from './server.ts';
import type { CanaryPolicy, ModelHubConfig } from './types.ts';

/**
 * Knows which servers of an endpoint are of use. Every few seconds, and at once after a call failed there, a server is asked the canaries of what
 * it is used for; one that fails is ejected: it gets no more calls, and those it has are given up, to be made elsewhere. It is asked on, with
 * growing waits, and comes back after two rounds without a problem. A server that is only slow to answer the canary, but has
 * answered a call meanwhile, is busy and not ill.
 */
export function createHealth(name: string, servers: readonly ModelServer[], policy: Required<CanaryPolicy>, log: Pick<ModelHubConfig['log'], 'info' | 'warn'>): Health {
  const canaries = new Map<string, Canary>();
  const states = new Map<ModelServer, State>(servers.map((server) => [server, { isWell: true, answers: 0, failures: 0, passes: 0, isAsking: false, visits: new Set(), timer: undefined }]));
  const stateOf = (server: ModelServer) => states.get(server)!;
  let isClosed = false;

  function plan(server: ModelServer): void {
    const state = stateOf(server);
    clearTimeout(state.timer);
    if (isClosed) return;
    const waitMs = state.isWell ? policy.everyMs : Math.min(policy.everyMs * LONGEST_WAIT, policy.againMs * 2 ** Math.min(state.failures - 1, 16));
    state.timer = setTimeout(() => void look(server), waitMs).unref();
  }

  async function look(server: ModelServer): Promise<void> {
    const state = stateOf(server);
    if (state.isAsking || isClosed) return;
    state.isAsking = true;
    const answersBefore = state.answers;
    const found = await Promise.all([...canaries.values()].map((ask) => ask(server, policy.deadlineMs)));
    state.isAsking = false;
    if (isClosed) return;
    const illness = found.find((each) => each !== null) ?? null;
    const isBusy = illness?.isLate === true && state.isWell && state.answers > answersBefore;
    if (illness === null) pass(server);
    else if (!isBusy) eject(server, illness.problem);
    plan(server);
  }

  function pass(server: ModelServer): void {
    const state = stateOf(server);
    if (state.isWell) return;
    state.passes += 1;
    state.failures = 1;
    if (state.passes < PASSES) return;
    state.isWell = true;
    log.info({ endpoint: name, server: server.baseUrl }, 'A model server answers again and gets calls.');
  }

  function eject(server: ModelServer, problem: string): void {
    const state = stateOf(server);
    state.passes = 0;
    state.failures = state.isWell ? 1 : state.failures + 1;
    if (!state.isWell) return;
    state.isWell = false;
    log.warn({ endpoint: name, server: server.baseUrl, problem }, 'A model server does not answer as it should and gets no more calls until it does.');
    const reason = new Ejected(problem);
    for (const visit of state.visits) visit.abort(reason);
  }

  for (const server of servers) plan(server);
  return {
    isWell: (server) => stateOf(server).isWell,
    visit(server, signal) {
      const { visits } = stateOf(server);
      const visit = new AbortController();
      const leave = () => visit.abort(signal.reason);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
      visits.add(visit);
      return {
        signal: visit.signal,
        end() {
          visits.delete(visit);
          signal.removeEventListener('abort', leave);
        },
      };
    },
    answered(server, use, canary) {
      stateOf(server).answers += 1;
      if (!canaries.has(use)) canaries.set(use, canary());
    },
    failed(server) {
      if (stateOf(server).isWell) void look(server);
    },
    eject(server, problem) {
      eject(server, problem);
      plan(server);
    },
    close() {
      isClosed = true;
      for (const { timer } of states.values()) clearTimeout(timer);
    },
  };
}

/** Why an attempt ended: its server was ejected. */
export class Ejected extends AttuneError {
  constructor(problem: string) {
    super('unavailable', problem);
  }
}

/** Rounds without a problem that bring a server back. */
const PASSES = 2;
/** The longest wait between two rounds for a server that is ill, in rounds of one that is well. */
const LONGEST_WAIT = 4;

export interface Health {
  isWell(server: ModelServer): boolean;
  /** A signal for one attempt: it ends with the call's, or when the server is ejected. */
  visit(server: ModelServer, signal: AbortSignal): Visit;
  /** A call was answered; `use` names the model and the route, which are asked for from now on. */
  answered(server: ModelServer, use: string, canary: () => Canary): void;
  /** A call failed for a reason that may lie with the server. */
  failed(server: ModelServer): void;
  eject(server: ModelServer, problem: string): void;
  close(): void;
}

export interface Visit {
  signal: AbortSignal;
  end(): void;
}

interface State {
  isWell: boolean;
  /** Calls answered. */
  answers: number;
  /** Rounds in a row with a problem. */
  failures: number;
  /** Rounds in a row without one, since it was ejected. */
  passes: number;
  isAsking: boolean;
  visits: Set<AbortController>;
  timer: NodeJS.Timeout | undefined;
}
