-- How each workspace wants things done, and what sending depends on.

-- What was set, as JSON; all else has its default.
ALTER TABLE workspace ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE workspace ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- What was sent without a person, by keyed hashes of number, prefix and country; spent holds counts by slices of time.
CREATE TABLE cap (
    key BLOB PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    spent TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
-- prune
CREATE INDEX cap_age ON cap (updated_at);
