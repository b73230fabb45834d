-- The same tables as migrations/sqlite/0005_decisions.sql.

-- What was read of nodes, without secrets: each document once, by the SHA-256 of
-- its canonical JSON.
CREATE TABLE documents (
    digest TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    size BIGINT NOT NULL
);

-- Every evaluation, whatever became of it. No reference to nodes: one may be given
-- up meanwhile.
CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    node TEXT NOT NULL,
    node_name TEXT NOT NULL,
    pod_manager TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT,
    hook TEXT,
    parameters TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    enrollment_digest TEXT,
    chain_digest TEXT NOT NULL,
    fuel BIGINT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX decisions_created_at ON decisions (created_at);
CREATE INDEX decisions_node ON decisions (node, created_at);

-- How each read of an evaluation ended: a document, or why there was none.
CREATE TABLE decision_documents (
    decision TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    digest TEXT REFERENCES documents (digest),
    error TEXT,
    PRIMARY KEY (decision, path)
);
CREATE INDEX decision_documents_digest ON decision_documents (digest);
