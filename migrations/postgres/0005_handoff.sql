-- From a public complaint to a private conversation: handoffs, their proofs, and what customers agreed to.

-- identity_id is the account that complains, target_id whoever proved to be the same person on the private channel.
CREATE TABLE handoff (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    complaint_id TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    path TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    dm_conversation_id TEXT COLLATE "C",
    target_id TEXT COLLATE "C",
    conversation_id TEXT COLLATE "C",
    link_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    case_ref TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    notice_sha256 TEXT COLLATE "C",
    confirm_message_id TEXT COLLATE "C",
    delivery_id TEXT COLLATE "C",
    body_id TEXT COLLATE "C",
    agent TEXT COLLATE "C",
    expires_at BIGINT,
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
-- list
CREATE INDEX handoff_workspace ON handoff (workspace_id, id);
-- list by state
CREATE INDEX handoff_state ON handoff (workspace_id, state, id);
-- handoffs of a complaint
CREATE INDEX handoff_complaint ON handoff (complaint_id, id);
-- what a post or a private message of the account may be about
CREATE INDEX handoff_identity ON handoff (identity_id, id);
-- what a message of the private side may be about
CREATE INDEX handoff_target ON handoff (target_id, id) WHERE target_id IS NOT NULL;
-- handoffs of a conversation
CREATE INDEX handoff_conversation ON handoff (conversation_id, id) WHERE conversation_id IS NOT NULL;
-- handoffs whose account writes in a conversation
CREATE INDEX handoff_dm ON handoff (dm_conversation_id, id) WHERE dm_conversation_id IS NOT NULL;
-- handoffs on a link
CREATE INDEX handoff_link ON handoff (link_id) WHERE link_id IS NOT NULL;
-- the end of a confirming text
CREATE INDEX handoff_confirm ON handoff (confirm_message_id) WHERE confirm_message_id IS NOT NULL;
-- the end of an invitation
CREATE INDEX handoff_delivery ON handoff (delivery_id) WHERE delivery_id IS NOT NULL;
-- claims by case reference
CREATE INDEX handoff_case ON handoff (workspace_id, case_ref) WHERE ended_at IS NULL;
-- time out
CREATE INDEX handoff_expiry ON handoff (expires_at) WHERE expires_at IS NOT NULL;

-- The way a handoff went. Kept as long as the handoff: events are pruned earlier.
CREATE TABLE handoff_step (
    handoff_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (handoff_id, number)
);

-- Secrets that were shown to one side and may come back from the other; only their keyed hash is here.
-- holder_id is the identity it was shown to, target_id the phone a phrase or a code belongs to.
CREATE TABLE proof (
    hash BYTEA PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    handoff_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    holder_id TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    used_by TEXT COLLATE "C",
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- proofs of a handoff
CREATE INDEX proof_handoff ON proof (handoff_id, created_at);
-- prune
CREATE INDEX proof_age ON proof (created_at);

-- Wrong secrets in the present hour, by whoever sent them.
CREATE TABLE strike (
    identity_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- identity_id bears it: whoever was asked while requested, whoever agreed once granted.
CREATE TABLE consent (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    counterpart_id TEXT COLLATE "C",
    handoff_id TEXT COLLATE "C",
    purpose TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C",
    language TEXT COLLATE "C" NOT NULL,
    notice_version TEXT COLLATE "C",
    notice_sha256 TEXT COLLATE "C",
    prompt_message_id TEXT COLLATE "C",
    evidence_message_id TEXT COLLATE "C",
    imported BIGINT NOT NULL,
    requested_at BIGINT,
    granted_at BIGINT,
    ended_at BIGINT,
    valid_until BIGINT,
    ledger_index BIGINT,
    event_seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- list
CREATE INDEX consent_workspace ON consent (workspace_id, id);
-- what an identity agreed to
CREATE INDEX consent_identity ON consent (identity_id, channel, purpose, id);
-- consents of a handoff
CREATE INDEX consent_handoff ON consent (handoff_id) WHERE handoff_id IS NOT NULL;
-- time out
CREATE INDEX consent_expiry ON consent (valid_until) WHERE valid_until IS NOT NULL AND ended_at IS NULL;

-- The exact words customers were shown, by their hash.
CREATE TABLE notice (
    workspace_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, sha256)
);

-- A workspace's own words in place of ours; the newest version counts.
CREATE TABLE template (
    workspace_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name, language, version)
);

-- What the newest handoff of each makes of it, so that no reader has to look further.
ALTER TABLE complaint ADD COLUMN handoff_id TEXT;
ALTER TABLE complaint ADD COLUMN handoff_state TEXT;
ALTER TABLE conversation ADD COLUMN handoff_id TEXT;
ALTER TABLE conversation ADD COLUMN handoff_state TEXT;
ALTER TABLE conversation ADD COLUMN consent_state TEXT;
-- Why nothing may be sent in it: a handoff was suspended, unlinked or withdrawn.
ALTER TABLE conversation ADD COLUMN hold TEXT;
-- The complaint that was spoken of last.
ALTER TABLE conversation ADD COLUMN complaint_id TEXT;

-- The handoff whose private invitation a delivery carries.
ALTER TABLE delivery ADD COLUMN handoff_id TEXT;

-- The text of ours a message is, where no person wrote it.
ALTER TABLE message ADD COLUMN automatic TEXT;
