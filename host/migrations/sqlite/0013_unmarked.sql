-- The same as migrations/postgres/0013_unmarked.sql.

-- Whether the pod manager had dropped our mark by the time the node was whole; none:
-- nobody knows.
ALTER TABLE compositions ADD COLUMN unmarked BIGINT;
