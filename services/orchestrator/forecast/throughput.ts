import { AttuneError } from '../../platform/errors.ts';
import type { ServingProfile } from './serving-profiles.ts';

/**
 * Predicts how fast a closed loop of trajectories runs on pools of model servers: each of `chains` trajectories makes one turn after
 * another, a turn makes the calls of `calls`. The steady state of the step equation is solved for turns per second; when the contexts that
 * trajectories keep alive outgrow a pool's KV cache, prefix caching collapses there and the loop is solved again without it.
 * Throws `failed_precondition` when no pace at all is feasible. Source: spec operations.md 6.2, 6.4, 6.6.
 */
export function predictThroughput({ pools, calls, turns, chains, overheadS = 0.4, tail = 1.15 }: ThroughputInput): Throughput {
  const names = Object.keys(pools);
  const cached = new Map(names.map((name) => [name, true]));
  const callsOf = new Map(names.map((name) => [name, calls.filter((call) => call.pool === name)]));
  const solve = () => fastestPace(chains, overheadS, (pace) => statesAt(pace, { pools, callsOf, cached, chains }));

  let found = solve();
  for (const name of names) {
    const working = found.states.get(name)!.workingSet(chains / found.pace);
    if (working > COLLAPSE * pools[name]!.profile.kvTokens) cached.set(name, false);
  }
  if ([...cached.values()].includes(false)) found = solve();

  const wallS = (turns / found.pace) * tail;
  const states = names.map((name) => {
    const pool = pools[name]!;
    const state = found.states.get(name)!;
    const { p0, p1, pt, gpus, kvTokens } = pool.profile;
    return {
      name,
      gpus: gpus * pool.replicas,
      watts: pool.replicas * (p0 + p1 * (1 - Math.exp(-state.decoding / pt))),
      decoding: state.decoding,
      tokenMs: state.tokenS * 1000,
      prefillShare: state.prefillShare,
      kvShare: state.workingSet(chains / found.pace) / kvTokens,
      prefixCache: cached.get(name)!,
    };
  });
  const gpus = states.reduce((sum, { gpus: each }) => sum + each, 0);
  const watts = states.reduce((sum, { watts: each }) => sum + each, 0);
  return { turnsPerS: found.pace, turnS: found.turnS, wallS, gpus, gpuHours: (gpus * wallS) / 3600, kWh: (watts * wallS) / 3.6e6, pools: states };
}

/** Prefill beside decoding hides part of its cost under the memory-bound decode. */
const HIDDEN = 0.8;
/** Share of time in prefill beyond which a server does not settle. */
const MOST_PREFILL = 0.92;
/** Working set, as a share of the KV cache, at which the prefix cache evicts what is needed next. */
const COLLAPSE = 0.95;
const BISECTIONS = 80;
const FASTEST_PACE = 1e4;

/** Bisection: a feasible pace stays feasible when it is lowered. */
function fastestPace(chains: number, overheadS: number, statesOf: (pace: number) => Map<string, PoolAtPace> | null): Pace {
  let low = 0;
  let high = FASTEST_PACE;
  let best: Pace | null = null;
  for (let step = 0; step < BISECTIONS; step++) {
    const pace = (low + high) / 2;
    const states = statesOf(pace);
    const turnS = states && [...states.values()].reduce((sum, state) => sum + state.pathS, overheadS);
    if (states && turnS !== null && pace * turnS <= chains) {
      low = pace;
      best = { pace, turnS, states };
    } else high = pace;
  }
  if (best) return best;
  throw new AttuneError('failed_precondition', 'These servers cannot serve the calls of a single turn; describe larger or more of them under servers.');
}

function statesAt(pace: number, { pools, callsOf, cached, chains }: LoopParts): Map<string, PoolAtPace> | null {
  const states = new Map<string, PoolAtPace>();
  for (const [name, pool] of Object.entries(pools)) {
    const state = poolAt(pace / pool.replicas, chains / pool.replicas, pool.profile, callsOf.get(name)!, cached.get(name)!);
    if (!state) return null;
    states.set(name, state);
  }
  return states;
}

/** One replica that receives `pace` turns a second from `chains` trajectories; null when it cannot. */
function poolAt(pace: number, chains: number, profile: ServingProfile, calls: readonly CallClass[], cached: boolean): PoolAtPace | null {
  const sum = (of: (call: CallClass) => number) => calls.reduce((total, call) => total + call.perTurn * of(call), 0);
  const missed = (call: CallClass) => Math.max(0, call.prompt - call.shared - (cached ? call.reuse : 0));
  const written = sum((call) => call.out);
  const prefillShare = ((written > 0 ? HIDDEN : 1) * profile.pf * pace * sum(missed)) / 1000;
  if (prefillShare > MOST_PREFILL) return null;

  let decoding = 0;
  let tokenS = 0;
  if (written > 0) {
    const context = sum((call) => call.out * (call.prompt + call.out / 2)) / written;
    const ownContext = sum((call) => call.out * (call.prompt - call.shared + call.out / 2)) / written;
    const eachS = (profile.t1 + (profile.kv * context) / 1000) / 1000 / (1 - prefillShare);
    const emptyS = profile.t0 / 1000 / (1 - prefillShare);
    const room = 1 - pace * written * eachS;
    if (room <= 0) return null;
    decoding = (pace * written * emptyS) / room; // Little's law
    const most = Math.min(profile.maxSeqs, profile.kvTokens / Math.max(1, ownContext));
    if (most < 1 || decoding > most) return null;
    tokenS = emptyS + decoding * eachS;
  }
  const callS = (call: CallClass) => profile.a / 1000 + ((profile.pf / 1000) * missed(call)) / (1 - prefillShare) + call.out * tokenS;
  const resident = calls.filter((call) => call.reuse > 0).reduce((total, call) => total + call.prompt - call.shared, 0);
  const passing = calls.filter((call) => call.reuse === 0 && call.out > 0).reduce((total, call) => total + call.perTurn * (call.prompt - call.shared), 0);
  const callsPerTurn = sum(() => 1);
  return {
    decoding,
    tokenS,
    prefillShare,
    pathS: sum((call) => (call.onPath ? callS(call) : 0)),
    workingSet: (turnS) => chains * resident + pace * turnS * passing + (callsPerTurn > 0 ? (decoding * written) / callsPerTurn / 2 : 0),
  };
}

/** One kind of model call. */
export interface CallClass {
  /** The pool that answers it. */
  readonly pool: string;
  /** Calls per turn, averaged over all trajectories. */
  readonly perTurn: number;
  /** Tokens of its prompt. */
  readonly prompt: number;
  /** Of these, the beginning that all trajectories share. */
  readonly shared: number;
  /** Further tokens that the trajectory's call before has left in the prefix cache; 0 for calls that come once. */
  readonly reuse: number;
  /** Tokens of the answer; 0 for embeddings and reranking. */
  readonly out: number;
  /** Whether the turn waits for it. */
  readonly onPath: boolean;
}

export interface ThroughputInput {
  readonly pools: Readonly<Record<string, { readonly profile: ServingProfile; readonly replicas: number }>>;
  readonly calls: readonly CallClass[];
  /** Turns of the whole run. */
  readonly turns: number;
  /** Trajectories under way at once. */
  readonly chains: number;
  /** Seconds of a turn that no model works. */
  readonly overheadS?: number;
  /** Factor for the end of a run, when trajectories run out. */
  readonly tail?: number;
}

export interface Throughput {
  readonly turnsPerS: number;
  /** Seconds of one turn of one trajectory. */
  readonly turnS: number;
  readonly wallS: number;
  readonly gpus: number;
  readonly gpuHours: number;
  /** Energy of the GPUs alone. */
  readonly kWh: number;
  readonly pools: readonly PoolLoad[];
}

export interface PoolLoad {
  readonly name: string;
  readonly gpus: number;
  /** Of all replicas together. */
  readonly watts: number;
  /** Sequences that decode at once in one replica. */
  readonly decoding: number;
  /** Milliseconds between two tokens of an answer. */
  readonly tokenMs: number;
  /** Share of time in prefill. */
  readonly prefillShare: number;
  /** Working set over KV cache; beyond 0.75 there is little room, beyond 0.95 the prefix cache collapses. */
  readonly kvShare: number;
  /** Whether the prefix cache holds. */
  readonly prefixCache: boolean;
}

interface PoolAtPace {
  readonly decoding: number;
  readonly tokenS: number;
  readonly prefillShare: number;
  /** Seconds of a turn spent waiting for this pool. */
  readonly pathS: number;
  /** Tokens that should stay in the KV cache, for a turn of this many seconds. */
  workingSet(turnS: number): number;
}

interface Pace {
  readonly pace: number;
  readonly turnS: number;
  readonly states: Map<string, PoolAtPace>;
}

interface LoopParts {
  readonly pools: ThroughputInput['pools'];
  readonly callsOf: ReadonlyMap<string, readonly CallClass[]>;
  readonly cached: ReadonlyMap<string, boolean>;
  readonly chains: number;
}
