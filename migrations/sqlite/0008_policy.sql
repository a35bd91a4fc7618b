-- How each workspace wants things done, and what sending depends on.

-- What was set, as JSON; all else has its default.
ALTER TABLE workspace ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE workspace ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
