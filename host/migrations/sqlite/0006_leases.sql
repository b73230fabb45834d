-- The same tables as migrations/postgres/0006_leases.sql.

-- Who works on what: a node, a transition, a bulk registration. `epoch` rises each
-- time that the work changes hands; who writes for it must still hold owner and
-- epoch. One row a piece of work, kept for a day after its end.
CREATE TABLE leases (
    work TEXT PRIMARY KEY,
    owner TEXT,
    epoch BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

-- The servers that share this database, and what each serves with.
CREATE TABLE replicas (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    chain TEXT NOT NULL,
    configuration TEXT NOT NULL,
    started BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
