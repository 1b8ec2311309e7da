import type { Problem } from '../gen/attune/task/v1/task.ts';
import { createModelSim } from '../model-sim/service.ts';
import { judgePlaces, placeOf, ROLES, SIMULATED } from '../orchestrator/service.ts';
import type { Experiment, Role } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { checkStructured, createModelHub } from '../platform/models/index.ts';
import type { EndpointConfig, ModelClient, ModelHub, ModelObserver, ModelSpec } from '../platform/models/index.ts';

/** The models of a run: one client per role, all through one hub, and the simulated server when a role uses it. */
export interface Models {
  hub: ModelHub;
  clientOf(role: Exclude<Role, 'note_writer' | 'judge'>): ModelClient;
  /** The judge's models, at least one. */
  judges: readonly ModelClient[];
  /** The trained note writer; null when the experiment names none. */
  noteWriter: ModelClient | null;
  /** Where the simulated server listens; null when no role uses it. */
  simUrl: string | null;
  /** What the manifest says of each role. */
  describe(): Record<string, { endpoint: string; model: string }>;
  /** Asks every endpoint whether it answers, takes the key and knows the model; one sentence, or null. */
  brokenEndpoint(signal?: AbortSignal): Promise<string | null>;
  /** How many calls the endpoints of the user and the agent take now. */
  capacity: { simulator(): number; agent(): number; isOneEndpoint: boolean };
  /** Also asks the roles that need JSON for a tiny JSON answer; throws one sentence. */
  preflight(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens the models of an experiment. `secrets` maps environment variable names to API keys. */
export async function openModels(experiment: Experiment, deps: ModelsDeps): Promise<Models> {
  const used = placesOf(experiment);
  const needsSim = used.some((place) => place.url === SIMULATED);
  const sim = needsSim && deps.simUrl === undefined ? await startSim(experiment, used.map((p) => p.model), deps) : null;
  const endpoints: Record<string, EndpointConfig> = {};
  for (const place of used) {
    const { url, replicas = [], apiKeyEnv } = place;
    const apiKey = url === SIMULATED ? undefined : deps.secrets[apiKeyEnv];
    endpoints[endpointOf(place)] = {
      baseUrl: url === SIMULATED ? (deps.simUrl ?? sim!.url) : baseUrlOf(url),
      replicas: replicas.map(baseUrlOf),
      sendPriority: experiment.models.sendPriority,
      prove: url !== SIMULATED,
      maxConcurrency: experiment.models.maxConcurrency,
      uncached: url === SIMULATED,
      ...(apiKey && { apiKey }),
    };
  }
  const { cache, cacheDir, prices, deadlineMs, retries } = experiment.models;
  const hub = createModelHub({
    endpoints,
    cache: cache === 'off' ? { mode: 'off' } : { mode: cache, dir: cacheDir },
    prices,
    deadlineMs,
    retries,
    log: deps.log,
    observer: deps.observer,
    mayAsk: deps.mayAsk,
  });
  const specOf = (place: UsedPlace): ModelSpec => ({ endpoint: endpointOf(place), model: place.model });
  const clientsOf = (role: Role) => used.filter((place) => place.role === role).map((place) => hub.client(role, { ...specOf(place), background: role === 'judge' }));
  const replaying = cache === 'replay-only';

  const brokenEndpoint = async (signal?: AbortSignal) => {
    if (replaying) return null;
    const specs = new Map(used.map((place) => [JSON.stringify(specOf(place)), specOf(place)]));
    for (const spec of specs.values()) {
      const found = await hub.check(spec, signal ? { signal } : {});
      if (!found.ok) return found.problem;
    }
    return null;
  };
  return {
    hub,
    simUrl: needsSim ? (deps.simUrl ?? sim!.url) : null,
    clientOf: (role) => clientsOf(role)[0]!,
    judges: clientsOf('judge'),
    noteWriter: clientsOf('note_writer')[0] ?? null,
    describe: () => Object.fromEntries(used.map((place) => [place.name, specOf(place)])),
    brokenEndpoint,
    capacity: {
      simulator: () => hub.load(endpointOf(placeOf(experiment, 'simulator'))).limit,
      agent: () => hub.load(endpointOf(placeOf(experiment, 'agent'))).limit,
      isOneEndpoint: endpointOf(placeOf(experiment, 'simulator')) === endpointOf(placeOf(experiment, 'agent')),
    },
    async preflight(signal) {
      const problem = await brokenEndpoint(signal);
      if (problem) throw new AttuneError('failed_precondition', problem);
      if (replaying) return;
      const asked = new Set<string>();
      for (const place of used.filter(({ role }) => ANSWER_IN_JSON.has(role))) {
        const id = JSON.stringify(specOf(place));
        if (asked.has(id) || place.url === SIMULATED) continue;
        asked.add(id);
        const found = await checkStructured(hub.client(place.role, specOf(place)), signal ? { signal } : {});
        if (!found.ok) throw new AttuneError('failed_precondition', found.problem);
      }
    },
    async close() {
      await hub.close();
      await sim?.close();
    },
  };
}

/** An endpoint is the servers that it has. */
function endpointOf({ url, replicas = [] }: { url: string; replicas?: readonly string[] | undefined }): string {
  return [url, ...replicas].join(' ');
}

/** Roles of whose model an answer in JSON is wanted. */
const ANSWER_IN_JSON: ReadonlySet<Role> = new Set(['simulator', 'judge', 'extractor', 'memory', 'note_writer']);

/** Where the models are: one place a role, and one for each judge of a panel. */
function placesOf(experiment: Experiment): UsedPlace[] {
  return ROLES.flatMap((role): UsedPlace[] => {
    if (role === 'judge') return judgePlaces(experiment).map((place, index, all) => ({ ...place, role, name: all.length > 1 ? `judge ${index + 1}` : role }));
    const place = placeOf(experiment, role);
    return place === null ? [] : [{ ...place, role, name: role }];
  });
}

async function startSim(experiment: Experiment, models: string[], deps: ModelsDeps) {
  const sim = createModelSim({
    seed: experiment.seed,
    knowledge: deps.knowledge,
    models: [...new Set(models)],
    log: deps.log,
    ...(experiment.sim.latencyMs > 0 && { latency: { fixedMs: experiment.sim.latencyMs } }),
  });
  const { url } = await sim.listen({ port: deps.simPort ?? 0, ...(deps.simHost !== undefined && { host: deps.simHost }) });
  return { url, close: () => sim.close() };
}

/** People write the address with or without the version part and a slash at the end. */
export function baseUrlOf(url: string): string {
  const trimmed = url.replace(/\/+$/, '');
  return new URL(trimmed).pathname === '/' ? `${trimmed}/v1` : trimmed;
}

export interface ModelsDeps {
  /** What the simulated models know: the problems with their solutions. */
  knowledge: readonly Problem[];
  /** API keys by the name of their environment variable. */
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
  /** Told of every model call. */
  observer?: ModelObserver | undefined;
  /** Asked before each model call; what it throws ends the call. */
  mayAsk?: (() => void) | undefined;
  /** Port of the simulated server; any free one unless told. */
  simPort?: number;
  /** Where the simulated server listens; this machine only unless told. */
  simHost?: string;
  /** A simulated server that is there already, in place of one of our own. */
  simUrl?: string;
}

interface UsedPlace {
  role: Role;
  /** The role's, with a number where several models play it. */
  name: string;
  url: string;
  replicas?: readonly string[] | undefined;
  model: string;
  apiKeyEnv: string;
}
