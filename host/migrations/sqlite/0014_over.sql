-- What is looked for every second or two is found without what is over.
CREATE INDEX bulks_running ON bulks (created_at) WHERE state = 'running';
CREATE INDEX registrations_unfinished ON registrations (created_at)
    WHERE state IN ('intended', 'applying', 'removing');
CREATE INDEX updates_unfinished ON updates (created_at)
    WHERE state IN ('applying', 'taking-back');
CREATE INDEX leases_owner ON leases (owner) WHERE owner IS NOT NULL;

-- Passwords that were sealed for what is over.
UPDATE registrations SET credentials_username = NULL, credentials_sealed = NULL
    WHERE credentials_sealed IS NOT NULL AND state IN ('undone', 'removed', 'failed');
UPDATE updates SET credentials_username = NULL, credentials_sealed = NULL
    WHERE credentials_sealed IS NOT NULL AND (state IN ('done', 'undone')
    OR state = 'failed' AND EXISTS (SELECT 1 FROM registrations
        WHERE registrations.id = updates.registration
        AND registrations.state IN ('undone', 'removed', 'failed')));
