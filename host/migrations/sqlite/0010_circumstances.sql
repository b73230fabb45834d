-- The same as migrations/postgres/0007_circumstances.sql.

-- With what else was evaluated: the node's place, the caller's rights, Ironic's
-- version. Empty for what is on record from before.
ALTER TABLE decisions ADD COLUMN circumstances TEXT NOT NULL DEFAULT '';
