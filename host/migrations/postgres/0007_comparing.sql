-- The same column as migrations/sqlite/0007_comparing.sql.

-- The key by which credentials are compared, sealed: it stays the same when the key
-- file gets another key. None: it follows from the key with the fingerprint.
ALTER TABLE sealing ADD COLUMN comparing BYTEA;
