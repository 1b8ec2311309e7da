import { Profile } from '../../gen/attune/profile/v1/profile.ts';
import { SessionRecord, SessionStatus } from '../../gen/attune/record/v1/record.ts';
import { SCHEMA_VERSION } from '../manifest.ts';

/** What is left of a forgotten user's session: its key. It stands for a record, so that the session is not run again. */
export function sessionTombstone(key: { method: string; userId: string; session: number }): SessionRecord {
  return SessionRecord.fromPartial({ schemaVersion: SCHEMA_VERSION, ...key, status: SessionStatus.FORGOTTEN });
}

/** What is left of a forgotten user's profile: the id, in its place in the list, since the plan goes by it. */
export function profileTombstone(userId: string): Profile {
  return Profile.fromPartial({ userId, source: FORGOTTEN });
}

/** Whether only the tombstone of a profile is left. */
export function isForgotten({ source, preferences }: Profile): boolean {
  return source === FORGOTTEN && preferences.length === 0;
}

const FORGOTTEN = 'forgotten';
