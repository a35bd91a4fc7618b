-- How each workspace wants things done, and what sending depends on.

-- What was set, as JSON; all else has its default.
ALTER TABLE workspace ADD COLUMN settings TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE workspace ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What was sent without a person, by keyed hashes of number, prefix and country; spent holds counts by slices of time.
CREATE TABLE cap (
    key BYTEA PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    spent TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);
-- prune
CREATE INDEX cap_age ON cap (updated_at);
