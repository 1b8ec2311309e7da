import type { ProbeVerdict, TaskVerdict, TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';

/** One recorded session with what was judged of it. */
export interface RunItem {
  readonly record: SessionRecord;
  /** Missing: not judged yet. */
  readonly task?: TaskVerdict | undefined;
  readonly turns?: readonly TurnVerdict[] | undefined;
  readonly probe?: ProbeVerdict | undefined;
}

/** The sessions of a run, sorted by method, user and session, each once; and who the users truly are. */
export interface MemoryInput {
  readonly items: AsyncIterable<RunItem>;
  readonly profiles: readonly Profile[];
}
