-- The same as migrations/postgres/0011_following.sql.

-- The transition that is to follow an update, and is not without it. No reference: it
-- goes with its registration, as the update does.
ALTER TABLE updates ADD COLUMN transition TEXT;
