-- Links between identities, the customers that follow from them, and what erasing an identity needs to find.

-- An edge between two identities, one_id before other_id. joining says whether it makes one customer of them while it is
-- live: its level reached the workspace's when it was proven. proofs is what it rests on, the newest last; standing is its
-- state with the data of that state. An ended link is kept: coming together again is a new link.
CREATE TABLE link (
    id TEXT PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    one_id TEXT NOT NULL,
    other_id TEXT NOT NULL,
    level INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    proofs TEXT NOT NULL,
    state TEXT NOT NULL,
    standing TEXT NOT NULL,
    note_body_id TEXT,
    end_note_body_id TEXT,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER,
    recorded_at INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
-- one link of a pair that has not ended; links of an identity, from either end
CREATE UNIQUE INDEX link_pair ON link (one_id, other_id) WHERE state <> 'ended';
CREATE INDEX link_one ON link (one_id, id);
CREATE INDEX link_other ON link (other_id, id);
-- end what is no longer valid
CREATE INDEX link_valid ON link (valid_until) WHERE state <> 'ended' AND valid_until IS NOT NULL;

-- The customer an identity began as, and is again when its links end.
ALTER TABLE identity ADD COLUMN own_customer_id TEXT NOT NULL DEFAULT '';
UPDATE identity SET own_customer_id = customer_id;
ALTER TABLE identity ADD COLUMN erased_at INTEGER;
ALTER TABLE identity ADD COLUMN event_seq INTEGER NOT NULL DEFAULT 0;
-- the identities of a customer
CREATE INDEX identity_customer ON identity (customer_id, id);
-- list identities
CREATE INDEX identity_workspace ON identity (workspace_id, id);
-- the erasure list
CREATE INDEX identity_erased ON identity (id) WHERE erased_at IS NOT NULL;

-- erase: what came in from an identity
CREATE INDEX inbound_event_identity ON inbound_event (identity_id) WHERE identity_id IS NOT NULL;
-- erase and export: the messages of an identity
CREATE INDEX message_identity ON message (identity_id, id);

-- Whose data a remembered answer may hold.
CREATE TABLE answer_identity (
    answer_id BLOB NOT NULL,
    identity_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (answer_id, identity_id)
) STRICT;
-- erase
CREATE INDEX answer_identity_identity ON answer_identity (identity_id);
-- prune
CREATE INDEX answer_identity_age ON answer_identity (created_at);
