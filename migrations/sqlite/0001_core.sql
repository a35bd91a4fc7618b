-- The core. Times are epoch milliseconds; ids are TypeIDs; JSON is text; raw bodies and ciphertext are bytes.
-- Ingest tables have no foreign keys: a batch must never fail for another row's sake.

CREATE TABLE workspace (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    hint TEXT NOT NULL,
    scopes TEXT NOT NULL,
    agent TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
-- authenticate
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
-- list
CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

-- Peppers and the data key, wrapped under the master key; made once by whoever starts first.
CREATE TABLE vault_key (
    name TEXT PRIMARY KEY NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- One key a day for raw callbacks: dropping it makes that day unreadable everywhere.
CREATE TABLE day_key (
    day INTEGER PRIMARY KEY NOT NULL,
    wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE connection (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    app TEXT NOT NULL,
    account TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
-- list
CREATE INDEX connection_workspace ON connection (workspace_id, id);

-- Who owns which account; rows of live connections only.
CREATE TABLE connection_account (
    workspace_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    account_key TEXT NOT NULL,
    app TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    PRIMARY KEY (workspace_id, provider, account_key)
) STRICT;
-- a connection's change or end
CREATE INDEX connection_account_connection ON connection_account (connection_id);

-- Secrets of connections and webhooks, encrypted; several live ones of a name while rotating.
CREATE TABLE secret (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retires_at INTEGER
) STRICT;
-- load with the owner
CREATE INDEX secret_owner ON secret (owner_id, id);

-- Raw requests, encrypted under the key of their day.
CREATE TABLE callback (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    ciphertext BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE inbound_event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    callback_id TEXT,
    kind TEXT NOT NULL,
    trust TEXT NOT NULL,
    state TEXT NOT NULL,
    day INTEGER NOT NULL,
    payload BLOB,
    body_hash BLOB NOT NULL,
    identity_id TEXT,
    park_key BLOB,
    due_at INTEGER,
    error TEXT,
    received_at INTEGER NOT NULL
) STRICT;
-- accept: one fact is stored once
CREATE UNIQUE INDEX inbound_event_digest ON inbound_event (digest);
-- take: the next of a slot
CREATE INDEX inbound_event_pending ON inbound_event (slot, seq) WHERE state = 'pending';
-- unpark by key
CREATE INDEX inbound_event_parked ON inbound_event (park_key) WHERE state = 'parked';
-- the quarantine of a connection
CREATE INDEX inbound_event_quarantined ON inbound_event (connection_id, seq) WHERE state = 'quarantined';

CREATE TABLE lane_slot (
    slot INTEGER PRIMARY KEY NOT NULL
) STRICT;
INSERT INTO lane_slot (slot)
WITH RECURSIVE n (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM n WHERE slot < 255)
SELECT slot FROM n;

CREATE TABLE customer (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    resolves_to TEXT,
    created_at INTEGER NOT NULL
) STRICT;

-- blind = HMAC(pepper, workspace, namespace, external id); the address itself is under the identity's own key.
CREATE TABLE identity (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    blind BLOB NOT NULL,
    suppression_key BLOB NOT NULL,
    address BLOB NOT NULL,
    profile_body_id TEXT,
    customer_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- find by address
CREATE UNIQUE INDEX identity_blind ON identity (workspace_id, blind);

-- Destroying this row makes everything sealed under it unreadable.
CREATE TABLE identity_key (
    identity_id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    wrapped BLOB NOT NULL
) STRICT;

-- Immutable texts, each once, under their identity's key. An edit is a new body.
CREATE TABLE body (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- erase
CREATE INDEX body_identity ON body (identity_id);

CREATE TABLE complaint (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    thread_key BLOB NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    body_id TEXT NOT NULL,
    posted_at INTEGER NOT NULL,
    first_reply_at INTEGER,
    assignee TEXT,
    tags TEXT NOT NULL,
    conversation_id TEXT,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
-- one complaint per thread and author
CREATE UNIQUE INDEX complaint_thread ON complaint (workspace_id, connection_id, thread_key, identity_id);
-- list, newest first
CREATE INDEX complaint_workspace ON complaint (workspace_id, id);
-- list by status
CREATE INDEX complaint_status ON complaint (workspace_id, status, id);
-- complaints of an identity
CREATE INDEX complaint_identity ON complaint (identity_id, id);
-- complaints of a conversation
CREATE INDEX complaint_conversation ON complaint (conversation_id) WHERE conversation_id IS NOT NULL;

CREATE TABLE post (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    complaint_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    author TEXT NOT NULL,
    external_key BLOB,
    body_id TEXT NOT NULL,
    agent TEXT,
    status TEXT,
    failure TEXT,
    delivery_id TEXT,
    at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
-- a post is stored once for as long as it lives
CREATE UNIQUE INDEX post_external ON post (connection_id, external_key);
-- the thread of a complaint
CREATE INDEX post_complaint ON post (complaint_id, id);
-- the post a delivery carries
CREATE INDEX post_delivery ON post (delivery_id) WHERE delivery_id IS NOT NULL;

CREATE TABLE conversation (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    assignee TEXT,
    messages INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    last_message_at INTEGER,
    last_inbound_at INTEGER,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
-- one conversation per identity and connection
CREATE UNIQUE INDEX conversation_identity ON conversation (identity_id, connection_id);
-- list, newest first
CREATE INDEX conversation_workspace ON conversation (workspace_id, id);
-- list by status
CREATE INDEX conversation_status ON conversation (workspace_id, status, id);

CREATE TABLE message (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    complaint_id TEXT,
    connection_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    direction TEXT NOT NULL,
    external_key BLOB,
    body_id TEXT NOT NULL,
    keyword TEXT,
    status TEXT NOT NULL,
    status_at INTEGER NOT NULL,
    failure TEXT,
    agent TEXT,
    client_ref TEXT,
    segments TEXT,
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
-- an inbound message is stored once for as long as it lives
CREATE UNIQUE INDEX message_external ON message (connection_id, external_key);
-- the thread, in order
CREATE UNIQUE INDEX message_conversation ON message (conversation_id, number);

-- One provider request of an outgoing message; start_at and end_at are byte offsets into the body's text.
CREATE TABLE message_part (
    message_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_at INTEGER NOT NULL,
    provider_id TEXT,
    failure TEXT,
    PRIMARY KEY (message_id, part)
) STRICT;
-- a status callback by the provider's id
CREATE UNIQUE INDEX message_part_provider ON message_part (connection_id, provider_id);
-- the part a delivery carries
CREATE INDEX message_part_delivery ON message_part (delivery_id);

-- What we tell the outside. data holds no text: refs says which body belongs at which place.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_seq INTEGER NOT NULL,
    identity_id TEXT,
    data TEXT NOT NULL,
    refs TEXT NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER
) STRICT;
-- render for a delivery
CREATE UNIQUE INDEX event_id ON event (id);
-- number: what has no position yet
CREATE INDEX event_unnumbered ON event (seq) WHERE position IS NULL;
-- list and stream
CREATE UNIQUE INDEX event_position ON event (workspace_id, position);

-- The last position given in a workspace.
CREATE TABLE event_head (
    workspace_id TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL
) STRICT;

-- One owner at a time for what must not run twice; an older epoch writes nothing.
CREATE TABLE fence (
    name TEXT PRIMARY KEY NOT NULL,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL,
    failing_since INTEGER,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
-- list; fan out
CREATE INDEX webhook_workspace ON webhook (workspace_id, id);

-- attempt counts leases and fences them; tries counts what went out. A waiting one is due no earlier than its lane's
-- head. Of an unknown one, lease_until is when it is looked at next.
CREATE TABLE delivery (
    id TEXT UNIQUE NOT NULL,
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane BLOB NOT NULL,
    holds INTEGER NOT NULL,
    subject TEXT NOT NULL,
    destination TEXT NOT NULL,
    slot INTEGER NOT NULL,
    event_id TEXT,
    message_id TEXT,
    part INTEGER,
    post_id TEXT,
    identity_id TEXT,
    channel TEXT,
    suppression_key BLOB,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    leased_by TEXT,
    lease_until INTEGER,
    valid_until INTEGER,
    outcome TEXT,
    last_status INTEGER,
    last_error TEXT,
    last_at INTEGER,
    last_ms INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;
-- claim: what is due, destination by destination
CREATE INDEX delivery_due ON delivery (destination, due_at) WHERE state = 'pending';
-- claim: in order
CREATE INDEX delivery_turn ON delivery (destination, seq) WHERE state = 'pending';
-- claim: what stands before it in its lane
CREATE INDEX delivery_lane ON delivery (lane, seq)
    WHERE holds = 1 AND state IN ('pending', 'leased', 'sending', 'unknown');
-- expire leases and settle the unknown
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state IN ('leased', 'sending', 'unknown');
-- list by webhook or connection
CREATE INDEX delivery_destination ON delivery (destination, id);
-- cancel on STOP
CREATE INDEX delivery_identity ON delivery (identity_id)
    WHERE kind = 'provider' AND state IN ('pending', 'leased');

-- While a circuit is open nothing is claimed for its destination but one probe.
CREATE TABLE circuit (
    destination TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    failures INTEGER NOT NULL,
    open_until INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;

-- Outlives erasure: a keyed hash, never the address.
CREATE TABLE suppression (
    workspace_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address_key BLOB NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    lifted_at INTEGER,
    PRIMARY KEY (workspace_id, address_key, channel)
) STRICT;

CREATE TABLE task (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    due_at INTEGER,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    resolution TEXT,
    created_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
-- list
CREATE INDEX task_workspace ON task (workspace_id, state, id);
-- close by subject
CREATE INDEX task_subject ON task (subject) WHERE state = 'open';

-- id = SHA-256 of (workspace, key, method, path, Idempotency-Key).
CREATE TABLE idempotency (
    id BLOB PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- prune
CREATE INDEX idempotency_age ON idempotency (created_at);
