import { loadMethod } from '../../agent/service.ts';
import { placeOf, SIMULATED } from '../../orchestrator/service.ts';
import type { Experiment, Role } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { baseUrlOf } from '../models.ts';
import { simulatedModels } from './settings.ts';

/**
 * Which processes an experiment needs when every service has one of its own, as in deploy/compose.yaml, in stages: what is in one stage needs only what is in earlier
 * ones. Services and methods that the experiment names an address for are somebody else's. Throws `failed_precondition` for what only one process can do.
 */
export async function layOut(experiment: Experiment, { judges, runners, secrets }: LayoutOptions): Promise<PlannedProcess[][]> {
  refuse(experiment);
  const own = experiment.methods.filter((method) => typeof method === 'string');
  const hosted = await Promise.all(own.map((name) => loadMethod(name)));
  const usesPreferences = hosted.some(({ method }) => method.usesPreferences);
  const chat = (role: Exclude<Role, 'note_writer'>, at: Places) => placeSettings('ATTUNE_MODEL', placeOf(experiment, role), at);
  const keyOf = (...roles: Role[]) => ({ ATTUNE_API_KEY: sharedKey(experiment, roles, secrets) });

  const simulator: PlannedProcess = {
    name: 'simulator',
    service: 'simulator',
    settings: (at) => ({ ...chat('simulator', at), ...placeSettings('ATTUNE_FIELDS_MODEL', placeOf(experiment, 'simulator_fields'), at), ...keyOf('simulator', 'simulator_fields') }),
  };
  const store: PlannedProcess = {
    name: 'preference-store',
    service: 'preference-store',
    keepsState: true,
    settings: (at) => ({
      ...chat('extractor', at),
      ...placeSettings('ATTUNE_EMBEDDING', placeOf(experiment, 'embedding'), at),
      ...placeSettings('ATTUNE_RERANK', placeOf(experiment, 'reranker'), at),
      ...keyOf('extractor', 'reward', 'embedding', 'reranker'),
      ...qdrantSettings(experiment, secrets),
      ATTUNE_ITEM_SPACE: at.itemSpace ?? '',
    }),
  };
  const agents = hosted.map(
    ({ name, method }): PlannedProcess => ({
      name: `agent-${name}`,
      service: 'agent',
      method: name,
      keepsState: true,
      settings: (at) => ({
        ATTUNE_METHODS: name,
        ATTUNE_PREFERENCE_STORE: method.usesPreferences ? at['preference-store'] : '',
        ...chat('agent', at),
        ...placeSettings('ATTUNE_EMBEDDING', placeOf(experiment, 'embedding'), at),
        ...(placeOf(experiment, 'note_writer') && placeSettings('ATTUNE_NOTE_WRITER', placeOf(experiment, 'note_writer')!, at)),
        ...keyOf('agent', 'memory', 'note_writer', 'embedding'),
      }),
    }),
  );
  const workers = [...several('judge', judges), ...several('runner', runners)];
  return [
    simulatedModels(experiment).length > 0 ? [{ name: 'model-sim', service: 'model-sim', settings: () => ({}) }] : [],
    [...(experiment.services.simulator === undefined ? [simulator] : []), ...(usesPreferences ? [store] : [])],
    agents,
    workers,
  ];
}

/** The experiment as a run needs it that finds its services at these addresses. `tokenEnv` names the variable with the token that they ask for. */
export function experimentAt(experiment: Experiment, at: Places, tokenEnv: string | undefined): Experiment {
  const { services } = experiment;
  return {
    ...experiment,
    methods: experiment.methods.map((method) => (typeof method === 'string' ? { name: method, target: at[`agent-${method}`]!, ...(tokenEnv && { tokenEnv }) } : method)),
    services: { ...services, ...(services.simulator === undefined && { simulator: at['simulator']!, ...(tokenEnv && { tokenEnv }) }) },
  };
}

function several(service: 'judge' | 'runner', count: number): PlannedProcess[] {
  return Array.from({ length: count }, (_, index) => ({ name: count === 1 ? service : `${service}-${index + 1}`, service, onBus: true, settings: () => ({}) }));
}

/** A service of its own has one chat model and no response cache, and one token goes to all. */
function refuse(experiment: Experiment): void {
  const { models, services } = experiment;
  const complain = (what: string) => {
    throw new AttuneError('failed_precondition', `${what}. One process can do it: attune run.`);
  };
  if (models.cache !== 'off') complain(`models.cache is ${models.cache}, but services in processes of their own keep no response cache`);
  for (const [one, other] of [['agent', 'memory'], ['extractor', 'reward']] as const) {
    const [a, b] = [placeOf(experiment, one), placeOf(experiment, other)];
    if (a.url !== b.url || a.model !== b.model) complain(`The roles ${one} and ${other} should have one model, since one process plays both, found ${a.model} and ${b.model}`);
  }
  if (services.simulator === undefined && services.judge !== undefined) complain('services.judge is elsewhere, but a token of the simulator started here would be shown to it too; leave out services.judge, or name services.simulator as well');
}

function placeSettings(prefix: string, { url, model }: { url: string; model: string }, at: Places): Settings {
  return { [`${prefix}_URL`]: url === SIMULATED ? at['model-sim'] : baseUrlOf(url), [prefix === 'ATTUNE_MODEL' || prefix === 'ATTUNE_FIELDS_MODEL' ? prefix : `${prefix}_MODEL`]: model };
}

function sharedKey(experiment: Experiment, roles: readonly Role[], secrets: Secrets): string {
  const places = roles.flatMap((role) => placeOf(experiment, role) ?? []).filter(({ url }) => url !== SIMULATED);
  const keys = [...new Set(places.map(({ apiKeyEnv }) => secrets[apiKeyEnv] ?? ''))];
  if (keys.length > 1) {
    throw new AttuneError('failed_precondition', `The models of ${roles.join(', ')} should share one API key, since one process asks them, found ${[...new Set(places.map((place) => place.apiKeyEnv))].join(' and ')}; run the experiment in one process with attune run.`);
  }
  return keys[0] ?? '';
}

function qdrantSettings({ preferences: { store } }: Experiment, secrets: Secrets): Settings {
  return store.qdrant === undefined ? {} : { ATTUNE_QDRANT_URL: store.qdrant, ATTUNE_QDRANT_API_KEY: secrets[store.apiKeyEnv], ATTUNE_QDRANT_PREFIX: store.prefix };
}

interface LayoutOptions {
  judges: number;
  runners: number;
  /** API keys by the name of their environment variable. */
  secrets: Secrets;
}

type Secrets = Readonly<Record<string, string | undefined>>;
type Settings = Record<string, string | undefined>;

/** Addresses of processes by their names, of the simulated models with its /v1, and the file of the item space. */
export type Places = Readonly<Record<string, string>>;

export interface PlannedProcess {
  /** Unique. */
  name: string;
  /** What `attune serve` calls it. */
  service: 'model-sim' | 'simulator' | 'preference-store' | 'agent' | 'judge' | 'runner';
  /** The method of an agent. */
  method?: string;
  /** Takes work from the bus, so that nobody calls it. */
  onBus?: boolean;
  /** Has a folder for what lasts. */
  keepsState?: boolean;
  /** Its environment, once it is known where the earlier ones are. */
  settings(at: Places): Settings;
}
