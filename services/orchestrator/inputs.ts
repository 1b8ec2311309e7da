import { existsSync } from 'node:fs';
import { generateProfiles, problemBank, readProblems, readProfiles } from '../catalogue/index.ts';
import type { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Experiment } from './experiment.ts';

/** How many profiles are generated when nothing is said. */
const DEFAULT_PROFILES = 4;

/** Reads or generates the profiles and problems of an experiment. Nothing is written. */
export async function readInputs(experiment: Experiment): Promise<{ profiles: Profile[]; problems: Problem[] }> {
  const profiles = await readUsers(experiment);
  const problems = (await Promise.all(experiment.datasets.map(readDataset))).flat();
  const ids = problems.map((p) => `${p.task?.dataset}/${p.task?.problemId}`);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new AttuneError('invalid_argument', `The problem ${twice} occurs twice; name each dataset once and keep ids unique.`);
  if (problems.length < experiment.sessions) {
    throw new AttuneError(
      'invalid_argument',
      `${experiment.sessions} sessions need as many different problems, but the datasets hold ${problems.length}; lower --sessions or add a dataset.`,
    );
  }
  return { profiles, problems };
}

async function readUsers({ profiles, seed }: Experiment): Promise<Profile[]> {
  const { file, limit, preferencesEach } = profiles;
  if (file === undefined) {
    return generateProfiles({ count: limit ?? DEFAULT_PROFILES, seed, preferencesPerProfile: preferencesEach });
  }
  return readProfiles(file, limit === undefined ? {} : { limit });
}

async function readDataset(dataset: Experiment['datasets'][number]): Promise<Problem[]> {
  const { file, name, limit } = typeof dataset === 'string' ? { file: dataset } : dataset;
  if (file === 'bank') return problemBank().slice(0, limit);
  if (!existsSync(file)) {
    throw new AttuneError('invalid_argument', `Unknown dataset "${file}"; give the path of a JSON or JSONL file, or "bank" for the built-in problems.`);
  }
  return readProblems(file, { ...(name && { dataset: name }), ...(limit && { limit }) });
}
