-- The same as migrations/postgres/0012_sent.sql.

-- When the pod manager was last asked to make the node; none: it was not yet.
ALTER TABLE compositions ADD COLUMN sent_at BIGINT;
UPDATE compositions SET sent_at = created_at;
