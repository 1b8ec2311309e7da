-- Takes the whole lines of a staged file over, with the codes of method and user in place of their names; null for a method or user that no run plans.
CREATE TABLE IF NOT EXISTS {{table}} AS
SELECT {{run}}::INTEGER AS run, s.rowid AS line, m.method AS method, u."user" AS "user", s.session::INTEGER AS session, s.* EXCLUDE (schema_version, method, user_id, session)
FROM {{staged}} s LEFT JOIN methods m ON m.name = s.method LEFT JOIN users u ON u.name = s.user_id
WITH NO DATA;
INSERT INTO {{table}}
SELECT {{run}}::INTEGER AS run, s.rowid AS line, m.method AS method, u."user" AS "user", s.session::INTEGER AS session, s.* EXCLUDE (schema_version, method, user_id, session)
FROM {{staged}} s LEFT JOIN methods m ON m.name = s.method LEFT JOIN users u ON u.name = s.user_id
WHERE s.rowid < {{lines}};
DROP TABLE {{staged}}
