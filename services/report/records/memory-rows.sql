-- What whole sessions tell of memories (memory/memory-row.ts); filled by the one pass over them, and empty until then.
CREATE TABLE memory_rows (
  run INTEGER, method INTEGER, "user" INTEGER, session INTEGER,
  injected INTEGER, injected_applicable INTEGER, applicable INTEGER, applicable_injected INTEGER,
  ranked INTEGER, ndcg_sum DOUBLE, rankable INTEGER, ranked_in_top INTEGER,
  extracted INTEGER, extracted_revealed INTEGER, revealed INTEGER, revealed_extracted INTEGER,
  preferences INTEGER, known INTEGER, revealed_so_far INTEGER,
  coverage DOUBLE
);

-- Everything that metrics are computed from, in a fixed order.
CREATE VIEW metric_rows AS
SELECT s.*, m.* EXCLUDE (run, method, "user", session)
FROM session_rows s LEFT JOIN memory_rows m ON (m.run, m.method, m."user", m.session) = (s.run, s.method, s."user", s.session)
