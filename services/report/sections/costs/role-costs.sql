-- Sums by method, role and model, over session records and verdicts.
WITH spent AS (
  SELECT run, method, role, model, sum(microseconds) AS microseconds FROM latencies GROUP BY ALL
),
each_run AS (
  SELECT u.*, s.microseconds,
    (u.prompt_tokens * p.prompt + u.completion_tokens * p.completion) / 1e6 AS money,
    e.watt_hours * s.microseconds / e.microseconds AS watt_hours
  FROM role_usage u
  LEFT JOIN spent s USING (run, method, role, model)
  LEFT JOIN prices p USING (run, model)
  LEFT JOIN endpoints w USING (run, role)
  LEFT JOIN endpoint_energy e ON (e.run, e.endpoint) = (w.run, w.endpoint)
)
SELECT m.name AS method, role, model, of_method AS "ofMethod",
  sum(calls) AS calls, sum(prompt_tokens) AS "promptTokens", sum(completion_tokens) AS "completionTokens",
  CASE WHEN bool_or(tells_of_cache) THEN sum(cached_prompt_tokens) END AS "cachedPromptTokens",
  sum(microseconds) / 1e6 AS seconds,
  sum(money ORDER BY run) AS money,
  sum(watt_hours ORDER BY run) AS "wattHours"
FROM each_run JOIN methods m ON m.method = each_run.method
GROUP BY m.method, m.name, role, model, of_method
ORDER BY m.method, role, model
