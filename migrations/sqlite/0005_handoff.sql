-- From a public complaint to a private conversation: handoffs, their proofs, and what customers agreed to.

-- identity_id is the account that complains, target_id whoever proved to be the same person on the private channel.
CREATE TABLE handoff (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    complaint_id TEXT NOT NULL,
    parent_id TEXT,
    path TEXT NOT NULL,
    channel TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    dm_conversation_id TEXT,
    target_id TEXT,
    conversation_id TEXT,
    link_id TEXT,
    state TEXT NOT NULL,
    case_ref TEXT NOT NULL,
    language TEXT NOT NULL,
    notice_sha256 TEXT,
    confirm_message_id TEXT,
    delivery_id TEXT,
    body_id TEXT,
    agent TEXT,
    expires_at INTEGER,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
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
    handoff_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    workspace_id TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (handoff_id, number)
) STRICT;

-- Secrets that were shown to one side and may come back from the other; only their keyed hash is here.
-- holder_id is the identity it was shown to, target_id the phone a phrase or a code belongs to.
CREATE TABLE proof (
    hash BLOB PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    handoff_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    target_id TEXT,
    state TEXT NOT NULL,
    used_by TEXT,
    tries INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- proofs of a handoff
CREATE INDEX proof_handoff ON proof (handoff_id, created_at);
-- prune
CREATE INDEX proof_age ON proof (created_at);

-- Wrong secrets in the present hour, by whoever sent them.
CREATE TABLE strike (
    identity_id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    count INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- identity_id bears it: whoever was asked while requested, whoever agreed once granted.
CREATE TABLE consent (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    counterpart_id TEXT,
    handoff_id TEXT,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    method TEXT,
    language TEXT NOT NULL,
    notice_version TEXT,
    notice_sha256 TEXT,
    prompt_message_id TEXT,
    evidence_message_id TEXT,
    imported INTEGER NOT NULL,
    requested_at INTEGER,
    granted_at INTEGER,
    ended_at INTEGER,
    valid_until INTEGER,
    ledger_index INTEGER,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
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
    workspace_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, sha256)
) STRICT;

-- A workspace's own words in place of ours; the newest version counts.
CREATE TABLE template (
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name, language, version)
) STRICT;

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
