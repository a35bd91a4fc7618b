-- Callbacks nobody vouched for, the last few of each connection, and how each connection stands.

-- What was sent is sealed under the key of its day; null when it was too large to keep.
CREATE TABLE rejected_callback (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    failed_check TEXT NOT NULL,
    header_names TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    day INTEGER NOT NULL,
    ciphertext BLOB,
    received_at INTEGER NOT NULL,
    replayed_at INTEGER
) STRICT;
-- list, newest first, and keep the newest
CREATE INDEX rejected_callback_connection ON rejected_callback (connection_id, id);

-- Callbacks of the last minutes, counted by all replicas: accepted ones, and rejected ones by the check that failed.
CREATE TABLE callback_tally (
    connection_id TEXT NOT NULL,
    slice INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (connection_id, slice, outcome)
) STRICT;
-- forget old slices
CREATE INDEX callback_tally_slice ON callback_tally (slice);

-- Whether callbacks of a connection pass, and when it last heard from its provider. No row: live, nothing heard yet.
CREATE TABLE connection_health (
    connection_id TEXT PRIMARY KEY NOT NULL,
    status TEXT NOT NULL,
    since INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    last_callback_at INTEGER,
    last_challenge_at INTEGER
) STRICT;
-- those that may have recovered
CREATE INDEX connection_health_failing ON connection_health (connection_id) WHERE status = 'failing';
