-- The same tables as migrations/sqlite/0004_bulks.sql.

-- Registrations of many nodes: what is asked for all of them, and how far it is.
CREATE TABLE bulks (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    selector TEXT NOT NULL,
    parameters TEXT NOT NULL,
    options TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Their nodes, in the order asked for. No reference to nodes: one may be given up
-- meanwhile, and one that was asked for may not be there at all.
CREATE TABLE bulk_items (
    bulk TEXT NOT NULL REFERENCES bulks (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    name TEXT NOT NULL,
    node TEXT,
    pod_manager TEXT,
    state TEXT NOT NULL,
    result TEXT,
    begun BIGINT,
    ended BIGINT,
    PRIMARY KEY (bulk, place)
);
CREATE INDEX bulk_items_ended ON bulk_items (bulk, ended);
