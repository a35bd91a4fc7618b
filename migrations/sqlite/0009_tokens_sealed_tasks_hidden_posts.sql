-- Tokens of connections that end and are renewed. Their values are secrets of the connection; here stands how far they
-- are: each renewal is a new generation, asked for by whoever holds the lease. No row: never renewed yet.
CREATE TABLE connection_token (
    connection_id TEXT PRIMARY KEY NOT NULL,
    generation INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    renewed_at INTEGER,
    expires_at INTEGER,
    refused_at INTEGER
) STRICT;

-- Who a task is about, where the platform names a person: sealed, and gone when the task is closed.
ALTER TABLE task ADD COLUMN person BLOB;

-- A post that the platform does not show to everybody any more.
ALTER TABLE post ADD COLUMN hidden_at INTEGER;

-- prune: sends to providers that are over
CREATE INDEX delivery_sent ON delivery (created_at) WHERE kind = 'provider' AND state IN ('settled', 'dead');
