-- The same tables as migrations/sqlite/0002_updates.sql.

-- Changes of a registration that is in force, and adoptions: each is on record
-- before anything of it is written to Ironic.
CREATE TABLE updates (
    id TEXT PRIMARY KEY,
    registration TEXT NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    enrollment_digest TEXT NOT NULL,
    credentials_hmac TEXT NOT NULL,
    credentials_username TEXT,
    credentials_sealed BYTEA,
    chain_digest TEXT NOT NULL,
    before TEXT NOT NULL,
    detail TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX updates_registration_created_at ON updates (registration, created_at);
-- One at a time.
CREATE UNIQUE INDEX updates_applying ON updates (registration) WHERE state = 'applying';

-- Which node a BMC's system is registered as.
CREATE TABLE bmcs (
    bmc TEXT PRIMARY KEY,
    node TEXT NOT NULL
);
CREATE INDEX bmcs_node ON bmcs (node);
