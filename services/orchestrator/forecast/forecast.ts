import { moneyOf } from '../../platform/models/index.ts';
import { judgePlaces, placeOf, ROLES, SIMULATED, type Experiment, type Role } from '../experiment.ts';
import { SERVING_PROFILES } from './serving-profiles.ts';
import { predictThroughput, type CallClass, type Throughput } from './throughput.ts';
import { workloadOf, type PlayedSession, type RoleLoad, type Shape } from './workload.ts';

/**
 * Says what an experiment will take before it is run: sessions, calls and tokens by role and method, money where prices are configured, and,
 * where `servers` describes what stands behind the endpoints, wall time, GPU-hours and energy. Time is predicted for the described endpoints
 * together; calls to others are taken to cost no time, and are named in `untimed`.
 */
export function forecastRun(experiment: Experiment, { profiles, played, shape }: ForecastInput): Forecast {
  const methods = experiment.methods.map((method) => (typeof method === 'string' ? method : method.name));
  const rows = methods.flatMap((method) => rowsOf(experiment, method, played.get(method) ?? [], { profiles, shape }));
  const sessions = methods.length * profiles * shape.sessions;
  const used = [...new Set(rows.map((row) => row.url))].sort();
  const { votes, maxVotes = votes } = experiment.judge;
  const described = used.filter((url) => experiment.servers[url] !== undefined);
  return {
    methods,
    profiles,
    sessions,
    turns: sessions * shape.turns,
    shape,
    rows,
    unknownMethods: methods.filter((method) => !played.has(method)),
    furtherVotes: maxVotes > votes ? furtherVotesOf(rows, votes, maxVotes) : null,
    untimed: used.filter((url) => url !== SIMULATED && !described.includes(url)),
    throughput: described.length === 0 ? null : timeOf(experiment, rows, described, { trajectories: methods.length * profiles, sessions, shape }),
  };
}

/** Tokens of a prompt that all trajectories begin with: instructions, for the simulator a share of its profile-free template (spec: operations.md 6.3). */
const SHARED: Readonly<Record<string, (load: RoleLoad) => number>> = {
  simulator: (load) => load.fixedPerCall * 0.73,
  agent: (load) => Math.min(100, load.fixedPerCall),
};
const SHARED_OTHERWISE = 200;
/** Roles that ask again in every turn with a longer dialogue, so that a prefix cache helps. */
const REPEATED = new Set(['simulator', 'agent']);
/** Tokens lost to a server's cache blocks. */
const BLOCK = 16;
/** Roles that nobody waits for. */
const OFF_PATH = new Set(['judge']);

function rowsOf(experiment: Experiment, method: string, played: readonly PlayedSession[], { profiles, shape }: Pick<ForecastInput, 'profiles' | 'shape'>): ForecastRow[] {
  return workloadOf(played, shape, experiment.judge.mode).flatMap((load) => {
    return placesOf(experiment, load.role).map(({ url, model }) => {
      const calls = load.callsPerSession * profiles * shape.sessions * (load.role === 'judge' ? experiment.judge.votes : 1);
      const promptTokens = calls * load.promptPerCall;
      const completionTokens = calls * load.outPerCall;
      const money = moneyOf(experiment.models.prices, model, { promptTokens, completionTokens });
      return { method, role: load.role, url, model, calls, promptTokens, completionTokens, money, load };
    });
  });
}

/** What the judges are asked on top when all of their first votes differ. */
function furtherVotesOf(rows: readonly ForecastRow[], votes: number, maxVotes: number): FurtherVotes {
  const judging = rows.filter(({ role }) => role === 'judge');
  const sum = (of: (row: ForecastRow) => number) => judging.reduce((total, row) => total + of(row), 0) * (maxVotes / votes - 1);
  const priced = judging.some(({ money }) => money !== null);
  return { votes, maxVotes, calls: sum(({ calls }) => calls), promptTokens: sum((row) => row.promptTokens), completionTokens: sum((row) => row.completionTokens), money: priced ? sum(({ money }) => money ?? 0) : null };
}

/** Where a role's calls go: to one model, or each to every judge of a panel. */
function placesOf(experiment: Experiment, role: string): { url: string; model: string }[] {
  if (role === 'judge') return judgePlaces(experiment);
  const place = (ROLES as readonly string[]).includes(role) ? placeOf(experiment, role as Role) : null;
  return [place ?? { url: SIMULATED, model: 'unknown' }];
}

function timeOf(experiment: Experiment, rows: readonly ForecastRow[], urls: readonly string[], { trajectories, sessions, shape }: { trajectories: number; sessions: number; shape: Shape }): TimeForecast {
  const turns = sessions * shape.turns;
  const byRole = new Map<string, ForecastRow[]>();
  for (const row of rows.filter(({ url }) => urls.includes(url))) byRole.set(`${row.url} ${row.role}`, [...(byRole.get(`${row.url} ${row.role}`) ?? []), row]);
  const calls = [...byRole.values()].map((same): CallClass => {
    const { role, url } = same[0]!;
    const total = same.reduce((sum, row) => sum + row.calls, 0);
    const mean = (of: (row: ForecastRow) => number) => same.reduce((sum, row) => sum + row.calls * of(row), 0) / total;
    const prompt = mean((row) => row.load.promptPerCall);
    const shared = Math.min(prompt, mean((row) => SHARED[role]?.(row.load) ?? SHARED_OTHERWISE));
    const fresh = shape.user + shape.agent + BLOCK;
    const reuse = REPEATED.has(role) ? Math.max(0, prompt - shared - ((shape.turns - 1) / shape.turns) * fresh - BLOCK - (role === 'agent' ? mean((row) => row.load.fixedPerCall) / shape.turns : 0)) : 0;
    return { pool: url, perTurn: total / turns, prompt, shared, reuse, out: mean((row) => row.load.outPerCall), onPath: !OFF_PATH.has(role) };
  });
  const pools = Object.fromEntries(
    urls.map((url) => {
      const { profile, replicas } = experiment.servers[url]!;
      return [url, { profile: typeof profile === 'string' ? SERVING_PROFILES[profile] : { ...profile, basis: 'given' }, replicas }];
    }),
  );
  const at = (chains: number) => predictThroughput({ pools, calls, turns, chains });
  const roomy = mostWithRoom(trajectories, (tried) => at(tried).pools.every((pool) => pool.prefixCache && pool.kvShare <= ROOM));
  const chains = Math.min(trajectories, experiment.concurrency === 'auto' ? Math.max(1, roomy) : experiment.concurrency);
  return { ...at(chains), chains, roomy };
}

/** The share of a KV cache that should stay in use (spec: operations.md 6.4). */
const ROOM = 0.75;

/** The largest number of trajectories at once, from 1 to `most`, that leaves room in every cache; 0 when even one does not. */
function mostWithRoom(most: number, leavesRoom: (chains: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (leavesRoom(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface ForecastInput {
  /** Simulated users. */
  readonly profiles: number;
  /** Sessions that were really played, by method: a trial on simulated models, or a run of the models to be used. */
  readonly played: ReadonlyMap<string, readonly PlayedSession[]>;
  readonly shape: Shape;
}

export interface Forecast {
  readonly methods: readonly string[];
  readonly profiles: number;
  readonly sessions: number;
  readonly turns: number;
  readonly shape: Shape;
  readonly rows: readonly ForecastRow[];
  /** Methods that nothing was played with, such as those that somebody else serves; their calls are not in the sums. */
  readonly unknownMethods: readonly string[];
  /** The most that votes beyond the first ones can add to the rows, which hold the first alone; null when no further ones are asked for. */
  readonly furtherVotes: FurtherVotes | null;
  /** Endpoints that `servers` does not describe. */
  readonly untimed: readonly string[];
  readonly throughput: TimeForecast | null;
}

export interface FurtherVotes extends Pick<ForecastRow, 'calls' | 'promptTokens' | 'completionTokens' | 'money'> {
  /** Of each judge: asked for at first, and at most where those differ. */
  readonly votes: number;
  readonly maxVotes: number;
}

export interface TimeForecast extends Throughput {
  /** Trajectories under way at once. */
  readonly chains: number;
  /** The most trajectories at once that keep every KV cache at three quarters or less. */
  readonly roomy: number;
}

/** The calls of one role for one method over the whole run. */
export interface ForecastRow {
  readonly method: string;
  readonly role: string;
  readonly url: string;
  readonly model: string;
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** In the currency of the prices; null when the model has none. */
  readonly money: number | null;
  readonly load: RoleLoad;
}
