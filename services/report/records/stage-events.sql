-- Times from events.ndjson: how long sessions and their judging took. Lines that cannot be read are left out; metrics of time are then lower.
CREATE OR REPLACE TEMP TABLE staged_events AS
SELECT
  eventId AS event_id, timeMs AS time_ms, runStarted IS NOT NULL AS starts_run,
  coalesce(sessionEnded.method, sessionJudged.method) AS method,
  coalesce(sessionEnded.userId, sessionJudged.userId) AS user_id,
  coalesce(sessionEnded.session, sessionJudged.session, 0) AS session,
  coalesce(sessionJudged.stage, 'session') AS stage,
  coalesce(sessionEnded.wallMs, sessionJudged.wallMs) AS wall_ms,
  coalesce(sessionEnded.usage, []) AS usage
FROM read_ndjson(
  {{file}}, ignore_errors = true, hive_partitioning = false, maximum_object_size = {{longest}},
  columns = {
    eventId: 'VARCHAR', timeMs: 'DOUBLE', runStarted: 'JSON',
    sessionEnded: 'STRUCT(method VARCHAR, userId VARCHAR, session UINTEGER, wallMs DOUBLE, usage STRUCT(role VARCHAR, model VARCHAR, latencyMs DOUBLE)[])',
    sessionJudged: 'STRUCT(method VARCHAR, userId VARCHAR, session UINTEGER, stage VARCHAR, wallMs DOUBLE)'
  }
)
