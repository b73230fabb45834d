-- The same tables as migrations/sqlite/0001_first.sql. Columns are TEXT,
-- BIGINT and BYTEA only: uuids and JSON are TEXT, times are microseconds since
-- 1970, truth is 0 or 1.

-- One row: tells whether the key file at hand is the one that sealed this
-- database's secrets.
CREATE TABLE sealing (
    id BIGINT PRIMARY KEY,
    fingerprint TEXT NOT NULL
);

CREATE TABLE pod_managers (
    uuid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    url TEXT NOT NULL,
    address TEXT NOT NULL,
    driver TEXT NOT NULL,
    credentials_name TEXT,
    credentials_username TEXT,
    credentials_sealed BYTEA,
    verify_ca TEXT NOT NULL,
    ironic_verify_ca TEXT,
    configured BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX pod_managers_name_folded ON pod_managers (name_folded);
CREATE UNIQUE INDEX pod_managers_address ON pod_managers (address);

CREATE TABLE nodes (
    uuid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    podm_id TEXT NOT NULL REFERENCES pod_managers (uuid),
    node_index TEXT NOT NULL,
    resource_uri TEXT NOT NULL,
    system_uri TEXT NOT NULL,
    managed_by TEXT,
    epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX nodes_name_folded ON nodes (name_folded);
CREATE UNIQUE INDEX nodes_podm_id_resource_uri ON nodes (podm_id, resource_uri);

-- No reference to nodes: the record of a registration outlives its node.
CREATE TABLE registrations (
    id TEXT PRIMARY KEY,
    node TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    ironic_uuid TEXT NOT NULL,
    state TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    enrollment_digest TEXT NOT NULL,
    credentials_hmac TEXT NOT NULL,
    credentials_username TEXT,
    credentials_sealed BYTEA,
    chain_digest TEXT NOT NULL,
    detail TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX registrations_node_created_at ON registrations (node, created_at);
-- A node has at most one registration that is under way or in force.
CREATE UNIQUE INDEX registrations_node ON registrations (node)
    WHERE state IN ('intended', 'applying', 'complete', 'removing');

CREATE TABLE steps (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    registration TEXT NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    moment TEXT NOT NULL,
    detail TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX steps_registration ON steps (registration, seq);
