-- The consent ledger: what waits to be sealed, the sealed leaves with their tree, and what the receipts need.

-- Consent events as the decisions that made them wrote them; seq is taken under the consent's lock.
CREATE TABLE ledger_inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    leaf BLOB NOT NULL,
    accepted_at INTEGER NOT NULL
) STRICT;
-- seal: what waits, ledger by ledger
CREATE INDEX ledger_inbox_workspace ON ledger_inbox (workspace_id, seq);
-- whether more of a record waits
CREATE INDEX ledger_inbox_record ON ledger_inbox (record_id);

-- Sealed leaves: never changed, never deleted. They hold no personal data.
CREATE TABLE ledger_leaf (
    workspace_id TEXT NOT NULL,
    leaf_index INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    leaf BLOB NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, leaf_index)
) STRICT;
-- the leaves of a record
CREATE INDEX ledger_leaf_record ON ledger_leaf (workspace_id, record_id, leaf_index);

-- Hashes of complete subtrees, level 0 the leaves': all that roots and proofs are made of.
CREATE TABLE ledger_node (
    workspace_id TEXT NOT NULL,
    level INTEGER NOT NULL,
    node_index INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (workspace_id, level, node_index)
) STRICT;

-- The last signed head of a workspace's ledger.
CREATE TABLE ledger_head (
    workspace_id TEXT PRIMARY KEY NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    checkpoint TEXT NOT NULL,
    sealed_at INTEGER NOT NULL
) STRICT;

-- The key that signs a workspace's heads, sealed under the vault's data key; made with the first leaf.
CREATE TABLE ledger_key (
    workspace_id TEXT PRIMARY KEY NOT NULL,
    vkey TEXT NOT NULL,
    seed BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The evidence behind a leaf, under its record's own key; erased with its person, which leaves every proof valid.
CREATE TABLE ledger_payload (
    workspace_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    identity_id TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, record_id, sha256)
) STRICT;
-- erase
CREATE INDEX ledger_payload_identity ON ledger_payload (identity_id);

-- A customer's link to their own receipt: the token's hash, good until then and for one copy.
CREATE TABLE receipt_link (
    token_hash BLOB PRIMARY KEY NOT NULL,
    workspace_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
-- prune
CREATE INDEX receipt_link_expiry ON receipt_link (expires_at);
