-- The same tables as migrations/postgres/0003_transitions.sql.

-- Where a registered node is to be taken in Ironic: on record with the
-- registration, and carried on only once that is complete.
CREATE TABLE transitions (
    id TEXT PRIMARY KEY,
    registration TEXT NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    inspect BIGINT NOT NULL,
    state TEXT NOT NULL,
    verb TEXT,
    provision_state TEXT,
    cause TEXT,
    detail TEXT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX transitions_registration_created_at ON transitions (registration, created_at);
-- One at a time.
CREATE UNIQUE INDEX transitions_running ON transitions (registration) WHERE state = 'running';
