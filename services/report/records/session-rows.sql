-- One row for each planned session with everything that a metric can ask of it. What a session does not tell is null, which is not zero.
CREATE TABLE session_rows AS
WITH planned AS (
  SELECT run, method, "user", unnest(range(sessions))::INTEGER AS session, sessions FROM trajectories WHERE kept
),
task AS (
  SELECT run, method, "user", session, true AS judged, correct::INTEGER AS correct FROM verdict_facts WHERE stage = 'task'
),
-- A reply to a planted probe counts as the plan says, not the judge.
settled AS (
  SELECT v.run, v.method, v."user", v.session, CASE WHEN p.turn IS NULL THEN v.scored ELSE [
    CASE WHEN t.turn = p.turn THEN {
      turn: t.turn, applicable: p.applicable, violated: p.violated, followed: p.followed, over: p."over",
      rule_decided: t.rule_decided, rule_disagreed: t.rule_disagreed
    } ELSE t END FOR t IN v.scored
  ] END AS scored
  FROM verdict_facts v LEFT JOIN probe_turns p ON (p.run, p.method, p."user", p.session) = (v.run, v.method, v."user", v.session)
  WHERE v.stage = 'turns'
),
turns AS (
  SELECT
    run, method, "user", session, true AS judged, scored,
    len(scored) AS scored_turns,
    coalesce(list_sum([t.followed FOR t IN scored]), 0) AS followed,
    coalesce(list_sum([t.violated FOR t IN scored]), 0) AS violated,
    len([1 FOR t IN scored IF t.followed + t.violated > 0]) AS compliance_turns,
    coalesce(list_sum([t.followed / (t.followed + t.violated) FOR t IN scored IF t.followed + t.violated > 0]), 0) AS compliance_sum,
    len([1 FOR t IN scored IF t.over > 0]) AS over_turns,
    coalesce(list_sum([t.over FOR t IN scored]), 0) AS over_applied,
    coalesce(list_sum([t.applicable FOR t IN scored]), 0) AS applicable,
    coalesce(list_sum([t.rule_decided FOR t IN scored]), 0) AS rule_decided,
    coalesce(list_sum([t.rule_disagreed FOR t IN scored]), 0) AS rule_disagreed
  FROM settled
),
probe AS (
  SELECT run, method, "user", session, true AS judged, probe_scored, probe_followed, probe_confused, probe_by_rule FROM verdict_facts WHERE stage = 'probe'
)
SELECT
  p.run::INTEGER AS run, p.method, p."user", p.session,
  2 * p.session >= p.sessions AS late, p.session = p.sessions - 1 AS last,
  CASE s.status
    WHEN 'SESSION_STATUS_OK' THEN 'ok'
    WHEN 'SESSION_STATUS_TIMEOUT' THEN 'timeout'
    WHEN 'SESSION_STATUS_SIM_ERROR' THEN 'sim_error'
    WHEN 'SESSION_STATUS_AGENT_ERROR' THEN 'agent_error'
    ELSE 'missing'
  END AS status,
  s.line IS NOT NULL AS recorded,
  coalesce(s.status IN ('SESSION_STATUS_OK', 'SESSION_STATUS_TIMEOUT'), false) AS finished,
  s.dataset, s.problem_id, s.attempts,
  coalesce(list_contains(s.fault_kinds, 'sim_runaway'), false) AS runaway,
  s.agent_turns, s.messages, s.answering_messages, s.enforcements, s.first_enforced::INTEGER AS first_enforced, s.clarifications, s.rephrasings, s.disappointments,
  s.lexical_enforcements, s.lexical_disappointments,
  s.user_tokens, s.agent_tokens, s.memory_tokens, s.injected_tokens,
  s.vector_turns, s.vector_changed_turns,

  coalesce(task.judged, false) AS task_judged,
  task.correct,
  -- Timeouts, errors and missing sessions are failures; a finished session without a score is neither.
  CASE WHEN s.status IS NOT DISTINCT FROM 'SESSION_STATUS_OK' THEN task.correct ELSE 0 END AS success,
  CASE WHEN s.status IN ('SESSION_STATUS_OK', 'SESSION_STATUS_TIMEOUT') THEN task.correct ELSE 0 END AS success_draft_judged,

  coalesce(turns.judged, false) AS turns_judged,
  turns.scored_turns, turns.followed, turns.violated, turns.compliance_turns, turns.compliance_sum, turns.over_turns, turns.over_applied,
  u.preferences * turns.scored_turns - turns.applicable AS inapplicable,
  list_extract([t.followed FOR t IN turns.scored IF t.turn = s.first_answer], 1) AS first_followed,
  list_extract([t.violated FOR t IN turns.scored IF t.turn = s.first_answer], 1) AS first_violated,
  turns.rule_decided, turns.rule_disagreed,

  s.probe_expected IS NOT NULL AS probe_planned,
  s.probe_group, s.probe_variant,
  coalesce(s.probe_asked, false) AND s.probe_expected IS NOT NULL AS probe_asked,
  coalesce(probe.judged, false) AS probe_judged,
  CASE WHEN probe_asked THEN coalesce(probe.probe_scored, false)::INTEGER END AS probe_scored,
  CASE WHEN probe_scored = 1 THEN (probe.probe_followed = s.probe_expected AND NOT probe.probe_confused)::INTEGER END AS probe_correct,
  CASE WHEN probe_scored = 1 THEN probe.probe_confused::INTEGER END AS probe_confused,
  CASE WHEN probe_scored = 1 THEN probe.probe_by_rule::INTEGER END AS probe_by_rule,

  CASE WHEN recorded THEN coalesce(c.prompt_tokens, 0) END AS prompt_tokens,
  CASE WHEN recorded THEN coalesce(c.memory_call_tokens, 0) END AS memory_call_tokens,
  c.cached_prompt_tokens, c.cacheable_prompt_tokens,
  CASE WHEN recorded THEN c.money END AS money, c.measuring_money,
  c.wall_seconds, c.watt_hours, c.measuring_watt_hours
FROM planned p
JOIN users u ON u."user" = p."user"
LEFT JOIN session_facts s ON (s.run, s.method, s."user", s.session) = (p.run, p.method, p."user", p.session)
LEFT JOIN task ON (task.run, task.method, task."user", task.session) = (p.run, p.method, p."user", p.session)
LEFT JOIN turns ON (turns.run, turns.method, turns."user", turns.session) = (p.run, p.method, p."user", p.session)
LEFT JOIN probe ON (probe.run, probe.method, probe."user", probe.session) = (p.run, p.method, p."user", p.session)
LEFT JOIN session_costs c ON (c.run, c.method, c."user", c.session) = (p.run, p.method, p."user", p.session)
ORDER BY p.method, p."user", p.session, p.run
