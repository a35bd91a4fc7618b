-- The core. Times are epoch milliseconds; ids are TypeIDs; JSON is text; raw bodies and ciphertext are bytes.
-- Ingest tables have no foreign keys: a batch must never fail for another row's sake.

CREATE TABLE workspace (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    hint TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
-- authenticate
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
-- list
CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

-- Peppers and the data key, wrapped under the master key; made once by whoever starts first.
CREATE TABLE vault_key (
    name TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- One key a day for raw callbacks: dropping it makes that day unreadable everywhere.
CREATE TABLE day_key (
    day BIGINT PRIMARY KEY NOT NULL,
    wrapped BYTEA NOT NULL
);

CREATE TABLE connection (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    app TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    version BIGINT NOT NULL
);
-- list
CREATE INDEX connection_workspace ON connection (workspace_id, id);

-- Who owns which account; rows of live connections only.
CREATE TABLE connection_account (
    workspace_id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    account_key TEXT COLLATE "C" NOT NULL,
    app TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, provider, account_key)
);
-- a connection's change or end
CREATE INDEX connection_account_connection ON connection_account (connection_id);

-- Secrets of connections and webhooks, encrypted; several live ones of a name while rotating.
CREATE TABLE secret (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retires_at BIGINT
);
-- load with the owner
CREATE INDEX secret_owner ON secret (owner_id, id);

-- Raw requests, encrypted under the key of their day.
CREATE TABLE callback (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    ciphertext BYTEA NOT NULL,
    received_at BIGINT NOT NULL
);

CREATE TABLE inbound_event (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    callback_id TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    trust TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    payload BYTEA,
    body_hash BYTEA NOT NULL,
    identity_id TEXT COLLATE "C",
    park_key BYTEA,
    due_at BIGINT,
    error TEXT COLLATE "C",
    received_at BIGINT NOT NULL
);
-- accept: one fact is stored once
CREATE UNIQUE INDEX inbound_event_digest ON inbound_event (digest);
-- take: the next of a slot
CREATE INDEX inbound_event_pending ON inbound_event (slot, seq) WHERE state = 'pending';
-- unpark by key
CREATE INDEX inbound_event_parked ON inbound_event (park_key) WHERE state = 'parked';
-- the quarantine of a connection
CREATE INDEX inbound_event_quarantined ON inbound_event (connection_id, seq) WHERE state = 'quarantined';

CREATE TABLE lane_slot (
    slot BIGINT PRIMARY KEY NOT NULL
);
INSERT INTO lane_slot (slot)
WITH RECURSIVE n (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM n WHERE slot < 255)
SELECT slot FROM n;

CREATE TABLE customer (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    resolves_to TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);

-- blind = HMAC(pepper, workspace, namespace, external id); the address itself is under the identity's own key.
CREATE TABLE identity (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    blind BYTEA NOT NULL,
    suppression_key BYTEA NOT NULL,
    address BYTEA NOT NULL,
    profile_body_id TEXT COLLATE "C",
    customer_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- find by address
CREATE UNIQUE INDEX identity_blind ON identity (workspace_id, blind);

-- Destroying this row makes everything sealed under it unreadable.
CREATE TABLE identity_key (
    identity_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    wrapped BYTEA NOT NULL
);

-- Immutable texts, each once, under their identity's key. An edit is a new body.
CREATE TABLE body (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
-- erase
CREATE INDEX body_identity ON body (identity_id);

CREATE TABLE complaint (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    thread_key BYTEA NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    body_id TEXT COLLATE "C" NOT NULL,
    posted_at BIGINT NOT NULL,
    first_reply_at BIGINT,
    assignee TEXT COLLATE "C",
    tags TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C",
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
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
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    complaint_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    external_key BYTEA,
    body_id TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C",
    status TEXT COLLATE "C",
    failure TEXT COLLATE "C",
    delivery_id TEXT COLLATE "C",
    at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    created_at BIGINT NOT NULL
);
-- a post is stored once for as long as it lives
CREATE UNIQUE INDEX post_external ON post (connection_id, external_key);
-- the thread of a complaint
CREATE INDEX post_complaint ON post (complaint_id, id);
-- the post a delivery carries
CREATE INDEX post_delivery ON post (delivery_id) WHERE delivery_id IS NOT NULL;

CREATE TABLE conversation (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    assignee TEXT COLLATE "C",
    messages BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    last_message_at BIGINT,
    last_inbound_at BIGINT,
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- one conversation per identity and connection
CREATE UNIQUE INDEX conversation_identity ON conversation (identity_id, connection_id);
-- list, newest first
CREATE INDEX conversation_workspace ON conversation (workspace_id, id);
-- list by status
CREATE INDEX conversation_status ON conversation (workspace_id, status, id);

CREATE TABLE message (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    complaint_id TEXT COLLATE "C",
    connection_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    direction TEXT COLLATE "C" NOT NULL,
    external_key BYTEA,
    body_id TEXT COLLATE "C" NOT NULL,
    keyword TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    status_at BIGINT NOT NULL,
    failure TEXT COLLATE "C",
    agent TEXT COLLATE "C",
    client_ref TEXT COLLATE "C",
    segments TEXT COLLATE "C",
    expires_at BIGINT,
    created_at BIGINT NOT NULL
);
-- an inbound message is stored once for as long as it lives
CREATE UNIQUE INDEX message_external ON message (connection_id, external_key);
-- the thread, in order
CREATE UNIQUE INDEX message_conversation ON message (conversation_id, number);

-- One provider request of an outgoing message; start_at and end_at are byte offsets into the body's text.
CREATE TABLE message_part (
    message_id TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    delivery_id TEXT COLLATE "C" NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_at BIGINT NOT NULL,
    provider_id TEXT COLLATE "C",
    failure TEXT COLLATE "C",
    PRIMARY KEY (message_id, part)
);
-- a status callback by the provider's id
CREATE UNIQUE INDEX message_part_provider ON message_part (connection_id, provider_id);
-- the part a delivery carries
CREATE INDEX message_part_delivery ON message_part (delivery_id);

-- What we tell the outside. data holds no text: refs says which body belongs at which place.
CREATE TABLE event (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    subject_seq BIGINT NOT NULL,
    identity_id TEXT COLLATE "C",
    data TEXT COLLATE "C" NOT NULL,
    refs TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    position BIGINT
);
-- render for a delivery
CREATE UNIQUE INDEX event_id ON event (id);
-- number: what has no position yet
CREATE INDEX event_unnumbered ON event (seq) WHERE position IS NULL;
-- list and stream
CREATE UNIQUE INDEX event_position ON event (workspace_id, position);

-- The last position given in a workspace.
CREATE TABLE event_head (
    workspace_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    position BIGINT NOT NULL
);

-- One owner at a time for what must not run twice; an older epoch writes nothing.
CREATE TABLE fence (
    name TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    epoch BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    lease_until BIGINT NOT NULL
);

CREATE TABLE webhook (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    events TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    failing_since BIGINT,
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
-- list; fan out
CREATE INDEX webhook_workspace ON webhook (workspace_id, id);

-- attempt counts leases and fences them; tries counts what went out. A waiting one is due no earlier than its lane's
-- head. Of an unknown one, lease_until is when it is looked at next.
CREATE TABLE delivery (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    lane BYTEA NOT NULL,
    holds BIGINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    destination TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    event_id TEXT COLLATE "C",
    message_id TEXT COLLATE "C",
    part BIGINT,
    post_id TEXT COLLATE "C",
    identity_id TEXT COLLATE "C",
    channel TEXT COLLATE "C",
    suppression_key BYTEA,
    state TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_by TEXT COLLATE "C",
    lease_until BIGINT,
    valid_until BIGINT,
    outcome TEXT COLLATE "C",
    last_status BIGINT,
    last_error TEXT COLLATE "C",
    last_at BIGINT,
    last_ms BIGINT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
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
    destination TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    open_until BIGINT,
    updated_at BIGINT NOT NULL
);

-- Outlives erasure: a keyed hash, never the address.
CREATE TABLE suppression (
    workspace_id TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    address_key BYTEA NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    lifted_at BIGINT,
    PRIMARY KEY (workspace_id, address_key, channel)
);

CREATE TABLE task (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    due_at BIGINT,
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    resolution TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);
-- list
CREATE INDEX task_workspace ON task (workspace_id, state, id);
-- close by subject
CREATE INDEX task_subject ON task (subject) WHERE state = 'open';

-- id = SHA-256 of (workspace, key, method, path, Idempotency-Key).
CREATE TABLE idempotency (
    id BYTEA PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    status BIGINT NOT NULL,
    answer BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
-- prune
CREATE INDEX idempotency_age ON idempotency (created_at);
