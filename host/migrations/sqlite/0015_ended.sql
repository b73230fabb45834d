-- The same as migrations/postgres/0015_ended.sql.

-- What has ended is found by when it did.
CREATE INDEX registrations_ended ON registrations (updated_at)
    WHERE state IN ('undone', 'removed', 'failed');
CREATE INDEX updates_ended ON updates (updated_at) WHERE state IN ('done', 'undone');
CREATE INDEX transitions_ended ON transitions (updated_at) WHERE state <> 'running';
CREATE INDEX bulks_done ON bulks (updated_at) WHERE state = 'done';

-- Those of a node in Ironic are looked for at each deregistration.
CREATE INDEX registrations_ironic_uuid ON registrations (ironic_uuid);

-- What the records take is added up without reading them.
CREATE INDEX decisions_size ON decisions (size);
CREATE INDEX documents_size ON documents (size);
