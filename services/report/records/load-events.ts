import { runPaths } from '../run-paths.ts';
import type { Database } from './database.ts';
import { indexLines } from './line-index.ts';
import { stage } from './stage-lines.ts';

/**
 * Reads what a run's events tell of time into `event_facts` and `run_times`. Events are for people and carry nothing that a score needs, so a line
 * that cannot be read is noted and left out.
 */
export async function loadEvents(database: Database, dir: string, run: number, onNote: (sentence: string) => void): Promise<void> {
  const lines = await indexLines(runPaths(dir).events);
  await stage(database, lines, 'events', {});
  const [read] = await database.rows<{ n: number }>(`SELECT count(*) AS n FROM staged_events WHERE rowid < ${lines.lines} AND event_id IS NOT NULL`);
  const unread = lines.lines - read!.n;
  if (unread > 0) onNote(`Left out: ${unread} ${unread === 1 ? 'line' : 'lines'} of events.ndjson that cannot be read; times are too low by what they tell.`);
  await database.run(`
    CREATE TABLE IF NOT EXISTS event_facts (run INTEGER, method INTEGER, "user" INTEGER, session INTEGER, stage VARCHAR, wall_ms DOUBLE, usage STRUCT("role" VARCHAR, model VARCHAR, latencyMs DOUBLE)[]);
    CREATE TABLE IF NOT EXISTS run_times (run INTEGER, seconds DOUBLE);
    INSERT INTO event_facts
      SELECT ${run}, m.method, u."user", s.session, s.stage, s.wall_ms, s.usage
      FROM (SELECT DISTINCT ON (event_id) * FROM staged_events WHERE event_id IS NOT NULL ORDER BY event_id) s
      JOIN methods m ON m.name = s.method JOIN users u ON u.name = s.user_id
      JOIN trajectories t ON t.run = ${run} AND t.method = m.method AND t."user" = u."user" AND t.kept AND s.session < t.sessions;
    -- An execution lasts from its start to the last event before the next start: a killed one has no end of its own.
    INSERT INTO run_times
      SELECT ${run}, coalesce(sum(seconds), 0) FROM (
        SELECT (max(time_ms) - min(time_ms)) / 1000 AS seconds
        FROM (SELECT time_ms, sum(starts_run::INTEGER) OVER (ORDER BY time_ms, event_id) AS execution FROM staged_events WHERE event_id IS NOT NULL)
        GROUP BY execution
      );
    DROP TABLE staged_events`);
}
