-- One row for each line of verdicts.ndjson in file order, reduced to what metrics need. Compliance is counted again from the lists of ids and only
-- over preferences that the judge called applicable; over-application over those that it did not.
CREATE OR REPLACE TEMP TABLE staged_verdicts AS
WITH lines AS (
  SELECT
    schemaVersion AS schema_version, method, userId AS user_id, CASE WHEN session IS NULL THEN 0 ELSE try_cast(session AS UINTEGER) END AS session,
    CASE WHEN task IS NOT NULL THEN 'task' WHEN turns IS NOT NULL THEN 'turns' WHEN probe IS NOT NULL THEN 'probe' END AS stage,
    judge, task, probe, coalesce(usage, []) AS usage,
    [
      {
        turn: coalesce(t.turn, 0),
        applicable: list_distinct(coalesce(t.applicableIds, [])),
        followed: coalesce(t.followedIds, []),
        violated: [v.preferenceId FOR v IN coalesce(t.violations, [])],
        over: list_distinct(coalesce(t.overAppliedIds, [])),
        rule_decided: len(coalesce(t.ruleDecidedIds, [])),
        rule_disagreed: len(coalesce(t.ruleDisagreedIds, []))
      }
      FOR t IN coalesce(turns.turns, []) IF t.status = 'VERDICT_STATUS_SCORED'
    ] AS scored
  FROM read_ndjson(
    {{file}}, ignore_errors = false, hive_partitioning = false, maximum_object_size = {{longest}},
    columns = {
      schemaVersion: 'UINTEGER', method: 'VARCHAR', userId: 'VARCHAR', session: 'VARCHAR',
      judge: 'STRUCT(model VARCHAR, promptHash VARCHAR, parserVersion UINTEGER)',
      task: 'STRUCT(status VARCHAR, correct BOOLEAN, votes STRUCT(panelist UINTEGER, "repeat" UINTEGER, reason VARCHAR, correct BOOLEAN)[])',
      turns: 'STRUCT(turns STRUCT(
        turn UINTEGER, status VARCHAR, applicableIds VARCHAR[], followedIds VARCHAR[], violations STRUCT(preferenceId VARCHAR)[], overAppliedIds VARCHAR[],
        ruleDecidedIds VARCHAR[], ruleDisagreedIds VARCHAR[]
      )[])',
      probe: 'STRUCT(status VARCHAR, followedId VARCHAR, confused BOOLEAN, ruleDecided BOOLEAN)',
      usage: 'STRUCT(role VARCHAR, model VARCHAR, calls UINTEGER, promptTokens UINTEGER, completionTokens UINTEGER, cachedPromptTokens UINTEGER)[]'
    }
  )
)
SELECT
  schema_version, method, user_id, session, stage, judge, usage,
  CASE WHEN task.status = 'VERDICT_STATUS_SCORED' THEN coalesce(task.correct, false) END AS correct,
  -- The first panelist's first two answers, which count: what asking again changes.
  [coalesce(v.correct, false) FOR v IN coalesce(task.votes, []) IF coalesce(v.panelist, 0) = 0 AND coalesce(v."repeat", 0) < 2 AND coalesce(v.reason, '') = ''] AS answers,
  coalesce(probe.status = 'VERDICT_STATUS_SCORED', false) AS probe_scored,
  coalesce(probe.followedId, '') AS probe_followed,
  coalesce(probe.confused, false) AS probe_confused,
  coalesce(probe.ruleDecided, false) AS probe_by_rule,
  [
    {
      turn: t.turn,
      applicable: len(t.applicable),
      violated: len(list_intersect(t.applicable, t.violated)),
      followed: len([id FOR id IN t.applicable IF list_contains(t.followed, id) AND NOT list_contains(t.violated, id)]),
      over: len([id FOR id IN t.over IF NOT list_contains(t.applicable, id)]),
      rule_decided: t.rule_decided,
      rule_disagreed: t.rule_disagreed
    }
    FOR t IN scored
  ] AS scored
FROM lines
