import { AttuneError } from '../platform/errors.ts';
import type { Experiment } from './experiment.ts';

/**
 * Refuses to go on with a run by an experiment that is another one. Where things are may differ, since servers move: addresses of methods, services, models and
 * stores, names of key variables, how much is under way at once, and limits of what it may spend. `dir` is named in the error, `failed_precondition`, with the fields that differ.
 */
export function refuseOtherDesign(recorded: Experiment, given: Experiment, dir: string): void {
  const [before, now] = [designOf(recorded), designOf(given)];
  const differing = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));
  if (differing.length === 0) return;
  throw new AttuneError(
    'failed_precondition',
    `${dir} holds a run of another experiment: ${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}; give the experiment that it was begun with, or another --out.`,
  );
}

/** What decides the records of a run; fields in one order, whoever wrote them. */
function designOf({ methods, models, judge, preferences, services: _services, servers: _servers, concurrency: _concurrency, limits: _limits, ...design }: Experiment): Record<string, unknown> {
  const { url: _url, replicas: _replicas, sendPriority: _priority, apiKeyEnv: _key, roles, maxConcurrency: _most, deadlineMs: _deadline, retries: _retries, cache: _cache, cacheDir: _dir, prices: _prices, ...modelDesign } = models;
  const nameOf = (place: { model: string }) => place.model;
  const { store: _store, ...memory } = preferences;
  return sorted({
    ...design,
    methods: methods.map((method) => (typeof method === 'string' ? method : method.name)),
    models: { ...modelDesign, roles: Object.fromEntries(Object.entries(roles).map(([role, place]) => [role, nameOf(place)])) },
    judge: { ...judge, panel: judge.panel.map(nameOf) },
    preferences: memory,
  }) as Record<string, unknown>;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
