import { existsSync } from 'node:fs';
import { generateProfiles, openCatalogue, problemBank, readProblems, readProfiles } from '../catalogue/index.ts';
import { datasetNames, loadDataset, specOf } from '../datasets/index.ts';
import type { DatasetsConfig, FetchProgress, LoadOptions } from '../datasets/index.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Experiment } from './experiment.ts';

/** How many profiles are generated when nothing is said. */
const DEFAULT_PROFILES = 4;

/** Reads or generates the profiles and problems of an experiment; datasets that are named are fetched into the cache. Nothing else is written. */
export async function readInputs(experiment: Experiment, options: InputOptions = {}): Promise<{ profiles: Profile[]; problems: Problem[] }> {
  const profiles = await readUsers(experiment);
  const problems = (await Promise.all(experiment.datasets.map((dataset) => readDataset(dataset, experiment.seed, options)))).flat();
  const ids = new Set<string>();
  for (const { task } of problems) {
    const id = `${task?.dataset}/${task?.problemId}`;
    if (ids.has(id)) throw new AttuneError('invalid_argument', `The problem ${id} occurs twice; name each dataset once and keep ids unique.`);
    ids.add(id);
  }
  if (problems.length < experiment.sessions) {
    throw new AttuneError(
      'invalid_argument',
      `${experiment.sessions} sessions need as many different problems, but the datasets hold ${problems.length}; lower --sessions or add a dataset.`,
    );
  }
  return { profiles, problems };
}

/** Reads or generates the profiles of an experiment. */
export async function readUsers({ profiles, seed }: Experiment): Promise<Profile[]> {
  const { file, limit, preferencesEach, catalogue } = profiles;
  if (file === undefined) {
    return generateProfiles({ count: limit ?? DEFAULT_PROFILES, seed, preferencesPerProfile: preferencesEach, catalogue: openCatalogue(catalogue) });
  }
  return readProfiles(file, limit === undefined ? {} : { limit });
}

/** A name such as "math-500", also with its own file ("math-500=path"); "bank"; or the path of a problem file. Of a named set the limit draws a sample by the run's seed. */
async function readDataset(dataset: Experiment['datasets'][number], seed: number, options: InputOptions): Promise<Problem[]> {
  const { file, name, limit } = typeof dataset === 'string' ? { file: dataset } : dataset;
  if (file === 'bank') return problemBank().slice(0, limit);
  const spec = specOf(file);
  if (datasetNames().includes(spec.name)) {
    if (name !== undefined) throw new AttuneError('invalid_argument', `The dataset ${spec.name} brings its own name; leave out name "${name}".`);
    const problems = await loadDataset(spec, { ...loadOptions(options), seed, ...(limit !== undefined && { limit }) });
    options.log?.info({ dataset: spec.name, problems: problems.length }, 'Dataset read');
    return problems;
  }
  if (!existsSync(file)) {
    throw new AttuneError('invalid_argument', `Unknown dataset "${file}"; give one of ${datasetNames().join(', ')}, the path of a JSON or JSONL file, or "bank" for the built-in problems.`);
  }
  return readProblems(file, { ...(name && { dataset: name }), ...(limit && { limit }) });
}

/** Downloads say in the log that they go on: at the start of a file and at every quarter. */
function loadOptions({ log, signal, config }: InputOptions): LoadOptions {
  const told = new Map<string, number>();
  const onProgress = ({ dataset, file, bytes, of }: FetchProgress) => {
    const quarter = Math.floor((4 * bytes) / of);
    if (told.get(`${dataset}/${file}`) === quarter) return;
    told.set(`${dataset}/${file}`, quarter);
    log?.info({ dataset, file, bytes, of }, 'Fetching a dataset');
  };
  return { signal, config, onProgress, onNote: (note) => log?.warn(note) };
}

export interface InputOptions {
  log?: Logger;
  signal?: AbortSignal;
  /** Where datasets come from; without it the environment says. */
  config?: DatasetsConfig;
}
