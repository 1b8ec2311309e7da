-- One row for each line of sessions.ndjson in file order (rowid counts the lines from 0), reduced to what metrics need.
-- Texts stay in the file.
CREATE OR REPLACE TEMP TABLE staged_sessions AS
WITH lines AS (
  SELECT
    schemaVersion AS schema_version, method, userId AS user_id, CASE WHEN session IS NULL THEN 0 ELSE try_cast(session AS UINTEGER) END AS session, status,
    coalesce(dataset, '') AS dataset, coalesce(problemId, '') AS problem_id, coalesce(attempts, 0) AS attempts,
    coalesce(greeting, '') <> '' AS greeted,
    coalesce(userTokens, 0) AS user_tokens, coalesce(agentTokens, 0) AS agent_tokens, coalesce(memoryTokens, 0) AS memory_tokens,
    coalesce(usage, []) AS usage,
    [f.kind FOR f IN coalesce(faults, [])] AS fault_kinds,
    probe,
    coalesce(finalCheck.agentWasClarifying, false) AS last_was_clarifying,
    [
      {
        said: t."user" IS NOT NULL,
        replied: t.agent IS NOT NULL,
        enforces: coalesce(t."user".enforcesPreferences, false),
        enforced: coalesce(t."user".enforcedPreferenceIds, []),
        disappointed: coalesce(t."user".expressesDisappointment, false),
        clarifying: coalesce(t."user".agentWasClarifying, false),
        planted: coalesce(t."user".probePlanted, false),
        words_enforce: regexp_matches(coalesce(t."user".userMessage, ''), {{enforcementCues}}),
        words_disappoint: regexp_matches(coalesce(t."user".userMessage, ''), {{disappointmentCues}}),
        injected: coalesce(t.agent.injected.tokens, 0),
        vector: coalesce(len(t.agent.retrieval.candidates) > 0 AND t.agent.retrieval.vectorMode IN ('VECTOR_MODE_LEARNED', 'VECTOR_MODE_RANDOM'), false),
        changed: coalesce(list_sort(coalesce(t.agent.retrieval.chosenIds, [])) <> list_sort(coalesce(t.agent.retrieval.chosenWithoutVectorIds, [])), false)
      }
      FOR t IN coalesce(turns, [])
    ] AS turns
  FROM read_ndjson(
    {{file}}, ignore_errors = false, hive_partitioning = false, maximum_object_size = {{longest}},
    columns = {
      schemaVersion: 'UINTEGER', method: 'VARCHAR', userId: 'VARCHAR', session: 'VARCHAR', status: 'VARCHAR', dataset: 'VARCHAR', problemId: 'VARCHAR',
      attempts: 'UINTEGER', greeting: 'VARCHAR', userTokens: 'UINTEGER', agentTokens: 'UINTEGER', memoryTokens: 'UINTEGER',
      turns: 'STRUCT(
        "user" STRUCT(userMessage VARCHAR, enforcesPreferences BOOLEAN, enforcedPreferenceIds VARCHAR[], expressesDisappointment BOOLEAN, agentWasClarifying BOOLEAN, probePlanted BOOLEAN),
        agent STRUCT(injected STRUCT(tokens UINTEGER), retrieval STRUCT(candidates STRUCT(cardId VARCHAR)[], chosenIds VARCHAR[], chosenWithoutVectorIds VARCHAR[], vectorMode VARCHAR))
      )[]',
      finalCheck: 'STRUCT(agentWasClarifying BOOLEAN)',
      usage: 'STRUCT(role VARCHAR, model VARCHAR, calls UINTEGER, promptTokens UINTEGER, completionTokens UINTEGER, cachedPromptTokens UINTEGER)[]',
      faults: 'STRUCT(kind VARCHAR)[]',
      probe: 'STRUCT(conflictGroup VARCHAR, candidateIds VARCHAR[], expectedId VARCHAR, variant VARCHAR)'
    }
  )
),
-- An answering message follows a reply. The check after the last reply of a session that ran out of turns is no message.
answered AS (
  SELECT *, [i > 1 AND turns[i].said AND turns[i - 1].replied FOR i IN range(1, len(turns) + 1)] AS answering
  FROM lines
)
SELECT
  schema_version, method, user_id, session, status, dataset, problem_id, attempts, user_tokens, agent_tokens, memory_tokens, usage, fault_kinds,
  len([1 FOR t IN turns IF t.said]) AS user_messages,
  len([1 FOR t IN turns IF t.replied]) AS agent_turns,
  user_messages + agent_turns + greeted::INTEGER AS messages,
  len([1 FOR a IN answering IF a]) AS answering_messages,
  len([1 FOR i IN range(1, len(turns) + 1) IF answering[i] AND turns[i].enforces]) AS enforcements,
  list_extract([turns[i].enforces FOR i IN range(1, len(turns) + 1) IF answering[i]], 1) AS first_enforced,
  len([1 FOR i IN range(1, len(turns) + 1) IF answering[i] AND turns[i].clarifying]) AS clarifications,
  -- Asks again for what the user had enforced earlier in the session.
  len([1 FOR i IN range(2, len(turns) + 1) IF answering[i] AND turns[i].enforces AND list_has_any(turns[i].enforced, flatten([t.enforced FOR t IN turns[1:i - 1]]))]) AS rephrasings,
  len([1 FOR t IN turns IF t.disappointed]) AS disappointments,
  len([1 FOR i IN range(1, len(turns) + 1) IF answering[i] AND turns[i].words_enforce]) AS lexical_enforcements,
  len([1 FOR i IN range(1, len(turns) + 1) IF turns[i].said AND turns[i].words_disappoint]) AS lexical_disappointments,
  list_sum([t.injected FOR t IN turns IF t.replied])::UINTEGER AS injected_tokens,
  len([1 FOR t IN turns IF t.vector]) AS vector_turns,
  len([1 FOR t IN turns IF t.vector AND t.changed]) AS vector_changed_turns,
  -- The first reply (from 0) that did more than ask: the user notes that of a reply in the message after it.
  list_extract([i - 1 FOR i IN range(1, len(turns) + 1) IF turns[i].replied AND NOT coalesce(turns[i + 1].clarifying, last_was_clarifying)], 1) AS first_answer,
  probe.conflictGroup AS probe_group, probe.variant AS probe_variant, probe.expectedId AS probe_expected, coalesce(probe.candidateIds, []) AS probe_candidates,
  list_extract([i - 1 FOR i IN range(1, len(turns) + 1) IF turns[i].planted AND turns[i].replied], 1) AS probe_turn,
  probe_turn IS NOT NULL AS probe_asked
FROM answered
