-- The same as migrations/postgres/0007_auth.sql.

-- How a pod manager is shown its credentials.
ALTER TABLE pod_managers ADD COLUMN auth TEXT NOT NULL DEFAULT 'auto';
