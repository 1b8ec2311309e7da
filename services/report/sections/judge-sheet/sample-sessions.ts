import { SessionStatus } from '../../../gen/attune/record/v1/record.ts';
import type { SessionRecord } from '../../../gen/attune/record/v1/record.ts';
import { seedFrom } from '../../../platform/random.ts';
import { readSessions } from '../../read-records.ts';

/**
 * Draws sessions of a run, equally many of each method and the same users and sessions of all, so that methods can be compared and paired; at least one a method.
 * Only sessions that ended without an error are drawn. The same seed draws the same ones, whatever the order of the file.
 */
export async function sampleSessions(dir: string, { seed, sample, methods }: SampleOptions): Promise<SessionRecord[]> {
  const perMethod = Math.max(1, Math.floor(sample / methods.length));
  const kept = new Map<string, Drawn[]>(methods.map((method) => [method, []]));
  for await (const record of readSessions(dir)) {
    if (record.status !== SessionStatus.OK && record.status !== SessionStatus.TIMEOUT) continue;
    const drawn = kept.get(record.method);
    if (!drawn) continue;
    // Without the method in it, so that every method gets the same draw.
    const rank = seedFrom(seed, 'judge check sample', record.userId, record.session);
    if (drawn.some((one) => one.record.userId === record.userId && one.record.session === record.session)) continue;
    if (drawn.length === perMethod && !precedes({ record, rank }, drawn.at(-1)!)) continue;
    const at = drawn.findIndex((one) => precedes({ record, rank }, one));
    drawn.splice(at === -1 ? drawn.length : at, 0, { record, rank });
    if (drawn.length > perMethod) drawn.pop();
  }
  return methods.flatMap((method) => kept.get(method)!.map(({ record }) => record));
}

function precedes(one: Drawn, other: Drawn): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.record.userId < other.record.userId || (one.record.userId === other.record.userId && one.record.session < other.record.session);
}

interface Drawn {
  readonly record: SessionRecord;
  readonly rank: number;
}

interface SampleOptions {
  readonly seed: number;
  /** Sessions of all methods together. */
  readonly sample: number;
  readonly methods: readonly string[];
}
