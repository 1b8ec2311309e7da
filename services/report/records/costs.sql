-- What sessions cost: tokens of their model calls, money where prices are configured, time where the run's events tell, energy where power is.
-- Times are added as whole microseconds and money in a fixed order, so that sums do not depend on the order of the lines.
CREATE VIEW usage_lines AS
SELECT *, role NOT IN ('simulator', 'simulator_fields', 'judge') AS of_method, of_method AND role <> 'agent' AS of_memory
FROM (
  SELECT run, method, "user", session, '' AS stage, unnest(usage, recursive := true) FROM session_facts
  UNION ALL BY NAME
  SELECT run, method, "user", session, stage, unnest(usage, recursive := true) FROM verdict_facts
);

-- Who tells of its prefix cache: an endpoint that never does is not one without hits.
CREATE TEMP TABLE tells_of_cache AS
SELECT run, role, model FROM usage_lines GROUP BY ALL HAVING sum(cachedPromptTokens) > 0;

CREATE TEMP TABLE latencies AS
SELECT run, method, "user", session, stage, role, model, sum(round(1000 * latencyMs)::BIGINT)::BIGINT AS microseconds
FROM (
  SELECT run, method, "user", session, stage, unnest(usage, recursive := true) FROM event_facts
  UNION ALL BY NAME
  -- Judging a stage is the judge's calls and little else; with a panel nobody knows whose time it was.
  SELECT e.run, e.method, e."user", e.session, e.stage, 'judge' AS "role", v.usage[1].model AS model, e.wall_ms AS latencyMs
  FROM event_facts e JOIN verdict_facts v USING (run, method, "user", session, stage)
  WHERE len(list_distinct([u.model FOR u IN v.usage])) = 1
)
WHERE latencyMs IS NOT NULL
GROUP BY ALL;

-- Power is drawn while a run goes on, whoever is served: each endpoint's energy is dealt out by the time that calls spent there.
CREATE TEMP TABLE endpoint_energy AS
SELECT e.run, e.endpoint, any_value(e.watts) * any_value(t.seconds) / 3600 AS watt_hours, sum(l.microseconds)::BIGINT AS microseconds
FROM endpoints e JOIN run_times t USING (run) JOIN latencies l USING (run, role)
WHERE e.watts IS NOT NULL
GROUP BY e.run, e.endpoint;

CREATE TEMP TABLE session_energy AS
SELECT run, method, "user", session,
  sum(watt_hours ORDER BY endpoint, role, model, stage) FILTER (of_method) AS watt_hours,
  sum(watt_hours ORDER BY endpoint, role, model, stage) FILTER (NOT of_method) AS measuring_watt_hours
FROM (
  SELECT l.*, e.endpoint, e.watt_hours * l.microseconds / e.microseconds AS watt_hours, l.role NOT IN ('simulator', 'simulator_fields', 'judge') AS of_method
  FROM latencies l JOIN endpoints p USING (run, role) JOIN endpoint_energy e ON (e.run, e.endpoint) = (p.run, p.endpoint)
  WHERE e.microseconds > 0
)
GROUP BY ALL;

CREATE TEMP TABLE session_costs AS
WITH tokens AS (
  SELECT run, method, "user", session,
    sum(promptTokens) FILTER (of_method) AS prompt_tokens,
    sum(promptTokens + completionTokens) FILTER (of_memory) AS memory_call_tokens,
    sum(cachedPromptTokens) FILTER (of_method AND t.role IS NOT NULL) AS cached_prompt_tokens,
    sum(promptTokens) FILTER (of_method AND t.role IS NOT NULL) AS cacheable_prompt_tokens,
    sum((promptTokens * p.prompt + completionTokens * p.completion) / 1e6 ORDER BY u.role, u.model, stage) FILTER (of_method) AS money,
    sum((promptTokens * p.prompt + completionTokens * p.completion) / 1e6 ORDER BY u.role, u.model, stage) FILTER (NOT of_method) AS measuring_money
  FROM usage_lines u
  LEFT JOIN tells_of_cache t USING (run, role, model)
  LEFT JOIN prices p USING (run, model)
  GROUP BY ALL
),
times AS (
  SELECT run, method, "user", session, max(wall_ms) / 1000 AS wall_seconds FROM event_facts WHERE stage = 'session' GROUP BY ALL
)
SELECT * FROM tokens LEFT JOIN times USING (run, method, "user", session) LEFT JOIN session_energy USING (run, method, "user", session);

-- Sums by role and model for each run and method.
CREATE TABLE role_usage AS
SELECT u.run, u.method, u.role, u.model, any_value(of_method) AS of_method,
  sum(calls) AS calls, sum(promptTokens) AS prompt_tokens, sum(completionTokens) AS completion_tokens, sum(cachedPromptTokens) AS cached_prompt_tokens,
  count(t.role) > 0 AS tells_of_cache
FROM usage_lines u LEFT JOIN tells_of_cache t USING (run, role, model)
GROUP BY ALL
