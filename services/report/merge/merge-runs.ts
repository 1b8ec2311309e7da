import { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { Problem } from '../../gen/attune/task/v1/task.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Manifest } from '../manifest.ts';
import type { RunFolder, RunInputs } from '../run-folder.ts';
import { isForgotten } from '../forget/tombstone.ts';
import { byText } from '../text-order.ts';

/**
 * Puts runs side by side as one: their methods, profiles and problems together. Which folder is named first makes no difference: runs stand in
 * the order of their creation. A trajectory that two runs with one seed hold is taken from the older run; with different seeds both count.
 * Throws `invalid_argument` when one user id stands for two different profiles.
 */
export function mergeRuns(folders: readonly RunFolder[]): MergedRuns {
  const order = [...folders.keys()].sort((a, b) => byText(folders[a]!.manifest.createdAt, folders[b]!.manifest.createdAt) || byText(folders[a]!.manifest.runId, folders[b]!.manifest.runId));
  const runs = order.map((index) => folders[index]!);
  const manifests = runs.map(({ manifest }) => manifest);
  const methods = new Map(manifests.flatMap((manifest) => manifest.methods.map((method) => [method.name, method] as const)).reverse());
  const names = [...new Set(manifests.flatMap((manifest) => manifest.methods.map(({ name }) => name)))];
  const inputs = mergeInputs(runs);
  const notes: string[] = [];
  const seen = new Set<string>();
  const trajectories = runs.flatMap(({ manifest, inputs: own }, run) => {
    let repeated = 0;
    const forgotten = own.profiles.filter(isForgotten).map(({ userId }) => userId);
    if (forgotten.length > 0) notes.push(forgottenNote(manifest, forgotten));
    const planned = manifest.methods.flatMap((method) =>
      own.profiles.filter((profile) => !isForgotten(profile)).map(({ userId }) => {
        const key = JSON.stringify([manifest.seed, method.name, userId]);
        const kept = !seen.has(key);
        seen.add(key);
        repeated += kept ? 0 : 1;
        return { run, method: method.name, userId, sessions: manifest.plan.sessionsPerTrajectory, kept };
      }),
    );
    if (repeated > 0) notes.push(`Run ${manifest.runId}: ${repeated} ${repeated === 1 ? 'trajectory is' : 'trajectories are'} left out, since an older run of this report holds the same method, user and seed.`);
    return planned;
  });
  const kept = trajectories.filter((trajectory) => trajectory.kept);
  const first = manifests[0]!;
  return {
    order,
    runs: manifests,
    manifest: {
      ...first,
      methods: names.map((name) => methods.get(name)!).sort((a, b) => Number(a.control ?? false) - Number(b.control ?? false)),
      plan: {
        trajectories: kept.length,
        sessionsPerTrajectory: Math.max(...manifests.map(({ plan }) => plan.sessionsPerTrajectory)),
        sessionsPlanned: kept.reduce((sum, { sessions }) => sum + sessions, 0),
      },
    },
    inputs,
    trajectories,
    notes,
  };
}

function forgottenNote({ runId, methods, plan }: Manifest, userIds: readonly string[]): string {
  const sessions = userIds.length * methods.length * plan.sessionsPerTrajectory;
  return `Run ${runId}: ${userIds.join(', ')} ${userIds.length === 1 ? 'was' : 'were'} forgotten on request; of ${sessions} planned sessions only the key is left, and they are in no number.`;
}

function mergeInputs(runs: readonly RunFolder[]): RunInputs {
  const profiles = new Map<string, Profile>();
  const problems = new Map<string, Problem>();
  for (const { manifest, inputs } of runs) {
    for (const profile of inputs.profiles) {
      if (isForgotten(profile)) continue;
      const before = profiles.get(profile.userId);
      if (before && JSON.stringify(Profile.toJSON(before)) !== JSON.stringify(Profile.toJSON(profile))) {
        throw new AttuneError('invalid_argument', `Runs in one report should mean the same person by a user id, found that ${profile.userId} of run ${manifest.runId} has another profile than before; report the runs one by one.`);
      }
      profiles.set(profile.userId, profile);
    }
    for (const problem of inputs.problems) problems.set(JSON.stringify([problem.task?.dataset, problem.task?.problemId]), problem);
  }
  return { profiles: [...profiles.values()].sort((a, b) => byText(a.userId, b.userId)), problems: [...problems.values()] };
}

export interface MergedRuns {
  /** For each run in order, which of the given folders it is. */
  readonly order: readonly number[];
  /** Oldest first. */
  readonly runs: readonly Manifest[];
  /** The oldest run's, with the methods (controls last) and the plan of all. */
  readonly manifest: Manifest;
  /** Profiles sorted by user id. */
  readonly inputs: RunInputs;
  readonly trajectories: readonly PlannedTrajectory[];
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

interface PlannedTrajectory {
  /** Index into `runs`. */
  readonly run: number;
  readonly method: string;
  readonly userId: string;
  readonly sessions: number;
  /** False when an older run holds the same. */
  readonly kept: boolean;
}
