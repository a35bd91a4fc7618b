-- How each workspace wants things done, and what sending depends on.

-- What was set, as JSON; all else has its default.
ALTER TABLE workspace ADD COLUMN settings TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE workspace ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
