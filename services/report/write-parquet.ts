import { rename, rm } from 'node:fs/promises';
import { describeFileError } from '../platform/files.ts';
import { quoted } from './records/database.ts';
import type { RunRecords } from './records/open-records.ts';

/**
 * Writes sessions.parquet: one row for each planned session, by method, user and session, with names in place of codes. Times of the clock stay out, so that
 * equal records give an equal table; whether the bytes are equal too is up to the version of DuckDB.
 */
export async function writeSessions(records: RunRecords, file: string): Promise<void> {
  const draft = `${file}.tmp`;
  const several = records.runs.length > 1;
  try {
    await records.sql(
      `COPY (
        SELECT ${several ? 'r.run_id, r.seed, ' : ''}m.name AS method, u.name AS user_id, s.* EXCLUDE (run, method, "user", wall_seconds, watt_hours, measuring_watt_hours)
        FROM metric_rows s JOIN methods m ON m.method = s.method JOIN users u ON u."user" = s."user" JOIN runs r ON r.run = s.run
        ORDER BY s.method, s."user", s.session, s.run
      ) TO ${quoted(draft)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw describeFileError(`Cannot write ${file}`, cause);
  }
}
