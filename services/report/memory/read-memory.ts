import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../../platform/errors.ts';
import { blameOfSession } from './blame.ts';
import type { Blame } from './blame.ts';
import { followTrajectory } from './follow-trajectory.ts';
import type { MemoryInput, RunItem } from './input.ts';
import { createMatcher } from './match.ts';
import type { Matcher } from './match.ts';
import { memoryOfSession } from './memory-of-session.ts';
import type { MemoryRow } from './memory-row.ts';
import type { SessionView } from './session-view.ts';

/**
 * One pass over a run's sessions, which must come sorted by method, user and session: what each says about the memory, and why its violations happened. Holds one
 * trajectory at a time, and per user what its notes were found to mean. Throws `failed_precondition` for a user without a profile and `internal` for items out of order.
 */
export async function* readMemory({ items, profiles }: MemoryInput, { k }: { k: number }): AsyncGenerator<MemoryOfSession> {
  const users = new Map<string, { profile: Profile; matcher: Matcher }>(profiles.map((profile) => [profile.userId, { profile, matcher: createMatcher(profile.preferences) }]));
  let current: Trajectory | undefined;
  for await (const item of items) {
    const { method, userId, session } = item.record;
    const user = users.get(userId);
    if (!user) throw new AttuneError('failed_precondition', `The records speak of the user ${userId}, whose profile is not among the run's inputs; restore inputs.json from a copy.`);
    const isNew: boolean = current?.method !== method || current.userId !== userId;
    const trajectory: Trajectory = current && !isNew ? current : { method, userId, session: -1, ...followTrajectory(user.profile, user.matcher) };
    if (session <= trajectory.session) throw new AttuneError('internal', `Sessions of ${method} and ${userId} should come in order, found ${session} after ${trajectory.session}.`);
    const view = trajectory.read(item);
    current = { ...trajectory, session };
    yield { item, view, row: memoryOfSession(view, k), blames: blameOfSession(view, user.profile) };
  }
}

interface Trajectory extends ReturnType<typeof followTrajectory> {
  readonly method: string;
  readonly userId: string;
  /** The latest that was read; -1 before the first. */
  readonly session: number;
}

export interface MemoryOfSession {
  readonly item: RunItem;
  readonly view: SessionView;
  readonly row: MemoryRow;
  readonly blames: readonly Blame[];
}
