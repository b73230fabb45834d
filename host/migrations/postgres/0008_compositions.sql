-- The same tables as migrations/sqlite/0008_compositions.sql.

-- Named sets of what composed nodes are to have.
CREATE TABLE flavors (
    uuid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    properties TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX flavors_name_folded ON flavors (name_folded);

-- Nodes that are composed, from before their pod manager is asked until they are
-- given back. No reference to nodes: there is none yet, at first.
CREATE TABLE compositions (
    node TEXT PRIMARY KEY,
    podm_id TEXT NOT NULL REFERENCES pod_managers (uuid),
    state TEXT NOT NULL,
    request TEXT NOT NULL,
    known TEXT NOT NULL,
    resource_uri TEXT,
    redfish_uuid TEXT,
    registering TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What a node is for, in somebody's words.
ALTER TABLE nodes ADD COLUMN description TEXT;
