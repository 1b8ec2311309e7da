-- What only the sums were needed of makes room for the rest of the report.
DROP VIEW usage_lines;
ALTER TABLE session_facts DROP COLUMN usage;
ALTER TABLE session_facts DROP COLUMN probe_candidates;
DROP TABLE probe_turns;
ALTER TABLE verdict_facts DROP COLUMN usage;
ALTER TABLE verdict_facts DROP COLUMN scored;
DROP TABLE event_facts;
CHECKPOINT
