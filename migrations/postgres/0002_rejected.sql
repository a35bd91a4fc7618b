-- Callbacks nobody vouched for, the last few of each connection, and how each connection stands.

-- What was sent is sealed under the key of its day; null when it was too large to keep.
CREATE TABLE rejected_callback (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    failed_check TEXT COLLATE "C" NOT NULL,
    header_names TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    day BIGINT NOT NULL,
    ciphertext BYTEA,
    received_at BIGINT NOT NULL,
    replayed_at BIGINT
);
-- list, newest first, and keep the newest
CREATE INDEX rejected_callback_connection ON rejected_callback (connection_id, id);

-- Callbacks of the last minutes, counted by all replicas: accepted ones, and rejected ones by the check that failed.
CREATE TABLE callback_tally (
    connection_id TEXT COLLATE "C" NOT NULL,
    slice BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (connection_id, slice, outcome)
);
-- forget old slices
CREATE INDEX callback_tally_slice ON callback_tally (slice);

-- Whether callbacks of a connection pass, and when it last heard from its provider. No row: live, nothing heard yet.
CREATE TABLE connection_health (
    connection_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    event_seq BIGINT NOT NULL,
    last_callback_at BIGINT,
    last_challenge_at BIGINT
);
-- those that may have recovered
CREATE INDEX connection_health_failing ON connection_health (connection_id) WHERE status = 'failing';
