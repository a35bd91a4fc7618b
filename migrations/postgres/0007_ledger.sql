-- The consent ledger: what waits to be sealed, the sealed leaves with their tree, and what the receipts need.

-- Consent events as the decisions that made them wrote them; seq is taken under the consent's lock.
CREATE TABLE ledger_inbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    leaf BYTEA NOT NULL,
    accepted_at BIGINT NOT NULL
);
-- seal: what waits, ledger by ledger
CREATE INDEX ledger_inbox_workspace ON ledger_inbox (workspace_id, seq);
-- whether more of a record waits
CREATE INDEX ledger_inbox_record ON ledger_inbox (record_id);

-- Sealed leaves: never changed, never deleted. They hold no personal data.
CREATE TABLE ledger_leaf (
    workspace_id TEXT COLLATE "C" NOT NULL,
    leaf_index BIGINT NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    leaf BYTEA NOT NULL,
    sealed_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, leaf_index)
);
-- the leaves of a record
CREATE INDEX ledger_leaf_record ON ledger_leaf (workspace_id, record_id, leaf_index);

-- Hashes of complete subtrees, level 0 the leaves': all that roots and proofs are made of.
CREATE TABLE ledger_node (
    workspace_id TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL,
    node_index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, level, node_index)
);

-- The last signed head of a workspace's ledger.
CREATE TABLE ledger_head (
    workspace_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    checkpoint TEXT COLLATE "C" NOT NULL,
    sealed_at BIGINT NOT NULL
);

-- The key that signs a workspace's heads, sealed under the vault's data key; made with the first leaf.
CREATE TABLE ledger_key (
    workspace_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    vkey TEXT COLLATE "C" NOT NULL,
    seed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- The evidence behind a leaf, under its record's own key; erased with its person, which leaves every proof valid.
CREATE TABLE ledger_payload (
    workspace_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, record_id, sha256)
);
-- erase
CREATE INDEX ledger_payload_identity ON ledger_payload (identity_id);

-- A customer's link to their own receipt: the token's hash, good until then and for one copy.
CREATE TABLE receipt_link (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
-- prune
CREATE INDEX receipt_link_expiry ON receipt_link (expires_at);
