import { AttuneError } from '../platform/errors.ts';

/** Options of the command line that change an experiment; names as commander gives them. */
export interface ExperimentFlags {
  methods?: string;
  profiles?: string;
  profilesLimit?: number;
  sessions?: number;
  dataset?: string;
  maxTurns?: number;
  /** Share of sessions with a probe. */
  probes?: number;
  models?: string;
  model?: string;
  embeddingModel?: string;
  rerankModel?: string;
  apiKeyEnv?: string;
  cache?: string;
  concurrency?: number;
  limitTokens?: number;
  limitMoney?: number;
  limitHours?: number;
  seed?: number;
  name?: string;
}

/** Lays the options over an experiment as it was read; the result is not checked yet. */
export function withFlags(raw: unknown, flags: ExperimentFlags): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const experiment: Record<string, unknown> = { ...raw };
  const set = (name: string, value: unknown) => {
    if (value !== undefined) experiment[name] = value;
  };
  set('methods', flags.methods === undefined ? undefined : listOf(flags.methods).map(methodOf));
  set('sessions', flags.sessions);
  set('maxTurns', flags.maxTurns);
  set('probes', flags.probes === undefined ? undefined : { ...(experiment['probes'] as object | undefined), rate: flags.probes });
  set('datasets', flags.dataset === undefined ? undefined : listOf(flags.dataset));
  set('concurrency', flags.concurrency);
  const limits = limitsOf(flags);
  set('limits', Object.keys(limits).length === 0 ? undefined : { ...(experiment['limits'] as object | undefined), ...limits });
  set('seed', flags.seed);
  set('name', flags.name);
  set('profiles', profilesOf(experiment['profiles'], flags));
  set('models', modelsOf(experiment['models'], flags));
  return experiment;
}

/** The limits that are named. */
export function limitsOf({ limitTokens, limitMoney, limitHours }: ExperimentFlags): { tokens?: number; money?: number; hours?: number } {
  return { ...(limitTokens !== undefined && { tokens: limitTokens }), ...(limitMoney !== undefined && { money: limitMoney }), ...(limitHours !== undefined && { hours: limitHours }) };
}

function listOf(text: string): string[] {
  return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
}

function methodOf(text: string): unknown {
  const [name, target] = text.split(/=(.*)/s);
  return target === undefined ? text : { name, target };
}

function profilesOf(raw: unknown, flags: ExperimentFlags): unknown {
  if (flags.profiles === undefined && flags.profilesLimit === undefined) return undefined;
  const profiles: Record<string, unknown> = { ...(raw as object | undefined) };
  if (flags.profiles !== undefined) {
    const isCount = /^\d+$/.test(flags.profiles);
    delete profiles['file'];
    if (isCount) profiles['limit'] = Number(flags.profiles);
    else profiles['file'] = flags.profiles;
  }
  if (flags.profilesLimit !== undefined) profiles['limit'] = flags.profilesLimit;
  return profiles;
}

function modelsOf(raw: unknown, flags: ExperimentFlags): unknown {
  const { models: url, model, embeddingModel, rerankModel, apiKeyEnv, cache } = flags;
  if ([url, model, embeddingModel, rerankModel, apiKeyEnv, cache].every((value) => value === undefined)) return undefined;
  const models: Record<string, unknown> = { ...(raw as object | undefined) };
  const roles: Record<string, unknown> = { ...(models['roles'] as object | undefined) };
  if (url !== undefined) models['url'] = url;
  if (model !== undefined) models['model'] = model;
  if (cache !== undefined) models['cache'] = cache;
  if (apiKeyEnv !== undefined) models['apiKeyEnv'] = apiKeyEnv;
  const real = models['url'] !== undefined && models['url'] !== 'sim';
  if (real && models['model'] === undefined) {
    throw new AttuneError('invalid_argument', '--models with a URL needs --model NAME, the name of a model that the endpoint serves.');
  }
  const place = (name: string) => ({ url: models['url'] ?? 'sim', model: name, ...(models['apiKeyEnv'] !== undefined && { apiKeyEnv: models['apiKeyEnv'] }) });
  if (embeddingModel !== undefined) roles['embedding'] = place(embeddingModel);
  if (rerankModel !== undefined) roles['reranker'] = place(rerankModel);
  if (Object.keys(roles).length > 0) models['roles'] = roles;
  return models;
}
