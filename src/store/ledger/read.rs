//! What is read from a ledger: its head, leaves, proofs, and everything about one record. Nodes and leaves never
//! change, so that no read needs a transaction.

use serde_json::Value as Json;
use sqlx::FromRow;

use super::{Head, SealError, index, number};
use crate::domain::id::{IdentityId, WorkspaceId};
use crate::domain::signature::encode_base64;
use crate::ledger::evidence::{Entry, Evidence, FORMAT};
use crate::ledger::hash::{Hash, sha256};
use crate::ledger::kept::{Kept, Refused};
use crate::ledger::leaf;
use crate::ledger::note::Vkey;
use crate::ledger::receipt::Receipt;
use crate::ledger::record::RecordKey;
use crate::ledger::tree::{self, Known, Node, Span};
use crate::store::Store;
use crate::store::engine::{Bulk, Sql};
use crate::store::error::StoreError;
use crate::store::value::args;

const HEADS: &str =
    "SELECT workspace_id, size, root, checkpoint, sealed_at FROM ledger_head ORDER BY workspace_id";

const VKEY: &str = "SELECT vkey FROM ledger_key WHERE workspace_id = $1";

const LEAVES: &str = "SELECT leaf_index, leaf FROM ledger_leaf
    WHERE workspace_id = $1 AND leaf_index >= $2 AND leaf_index < $3
    ORDER BY leaf_index
    LIMIT $4";

const OF_RECORD: &str = "SELECT leaf_index, leaf FROM ledger_leaf
    WHERE workspace_id = $1 AND record_id = $2
    ORDER BY leaf_index";

const WAITING_OF_RECORD: &str =
    "SELECT seq FROM ledger_inbox WHERE workspace_id = $1 AND record_id = $2 LIMIT 1";

const PAYLOADS: &str = "SELECT p.ciphertext, p.identity_id, k.wrapped
    FROM ledger_payload p
    JOIN identity_key k ON k.identity_id = p.identity_id
    WHERE p.workspace_id = $1 AND p.record_id = $2";

const NODES: Bulk = Bulk::new(
    "SELECT n.level, n.node_index, n.hash
    FROM (VALUES ",
    3,
    ") AS v
    JOIN ledger_node n ON n.workspace_id = v.column1 AND n.level = v.column2 AND n.node_index = v.column3",
);

pub(in crate::store) const STATEMENTS: &[Sql] = &[
    Sql::same(HEADS),
    Sql::same(VKEY),
    Sql::same(LEAVES),
    Sql::same(OF_RECORD),
    Sql::same(WAITING_OF_RECORD),
    Sql::same(PAYLOADS),
];
pub(in crate::store) const LOOKUPS: &[Bulk] = &[NODES];

/// A leaf with its number.
pub type Numbered = (u64, Vec<u8>);

#[derive(Debug, FromRow)]
pub(super) struct NodeRow {
    level: i64,
    node_index: i64,
    hash: Vec<u8>,
}

impl NodeRow {
    pub(super) fn read(self) -> Option<(Node, Hash)> {
        let node = Node { level: u32::try_from(self.level).ok()?, index: index(self.node_index)? };
        Some((node, Hash::from_slice(&self.hash)?))
    }

    pub(super) const BY_PLACE: &Bulk = &NODES;
}

#[derive(Debug, FromRow)]
struct HeadRow {
    workspace_id: String,
    size: i64,
    root: Vec<u8>,
    checkpoint: String,
    sealed_at: i64,
}

#[derive(Debug, FromRow)]
struct PayloadRow {
    ciphertext: Vec<u8>,
    identity_id: String,
    wrapped: Vec<u8>,
}

/// Where a record stands.
#[derive(Clone, Debug)]
pub enum Recorded {
    /// The ledger knows nothing of it.
    Unknown,
    /// Its newest event waits to be sealed.
    Waiting,
    /// All its events are sealed; the leaf of the newest.
    Sealed(u64),
}

impl Store {
    /// The signed head of a ledger; none before its first leaf.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_head(&self, workspace: &WorkspaceId) -> Result<Option<Head>, StoreError> {
        super::head_of(self.db.find(super::HEAD, args![workspace]).await?, workspace)
    }

    /// The signed heads of all ledgers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_heads(&self) -> Result<Vec<(WorkspaceId, Head)>, StoreError> {
        let read = |row: HeadRow| {
            let bad = || StoreError::inconsistent("ledger_head", "workspace_id", &row.workspace_id);
            let workspace = WorkspaceId::parse(&row.workspace_id).map_err(|_| bad())?;
            let head = super::head_of(Some((row.size, row.root, row.checkpoint, row.sealed_at)), &workspace)?;
            Ok((
                workspace,
                head.ok_or_else(|| StoreError::inconsistent("ledger_head", "size", &row.workspace_id))?,
            ))
        };
        self.db.all::<HeadRow>(HEADS, args![]).await?.into_iter().map(read).collect()
    }

    /// The key that checks a ledger's heads; none before its first leaf.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_vkey(&self, workspace: &WorkspaceId) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = self.db.find(VKEY, args![workspace]).await?;
        Ok(row.map(|(vkey,)| vkey))
    }

    /// Leaves from number `start` on, below `end`, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_leaves(
        &self,
        workspace: &WorkspaceId,
        (start, end): (u64, u64),
        limit: i64,
    ) -> Result<Vec<Numbered>, StoreError> {
        let args = args![workspace, number(start), number(end), limit];
        Ok(numbered(self.db.all(LEAVES, args).await?))
    }

    /// The leaves of a record, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leaves_of(
        &self,
        workspace: &WorkspaceId,
        record_id: &str,
    ) -> Result<Vec<Numbered>, StoreError> {
        Ok(numbered(self.db.all(OF_RECORD, args![workspace, record_id]).await?))
    }

    /// Where a record stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recorded(&self, workspace: &WorkspaceId, record_id: &str) -> Result<Recorded, StoreError> {
        let waits: Option<(i64,)> = self.db.find(WAITING_OF_RECORD, args![workspace, record_id]).await?;
        if waits.is_some() {
            return Ok(Recorded::Waiting);
        }
        let newest = self.leaves_of(workspace, record_id).await?.pop();
        Ok(newest.map_or(Recorded::Unknown, |(index, _)| Recorded::Sealed(index)))
    }

    /// What proves that a leaf stands in the tree of that size, which the ledger has or had; none when it does not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_inclusion(
        &self,
        workspace: &WorkspaceId,
        index: u64,
        size: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.prove(workspace, tree::inclusion(index, size)).await
    }

    /// What proves that the tree of size `new` goes on where that of size `old` ended; none when it cannot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_consistency(
        &self,
        workspace: &WorkspaceId,
        old: u64,
        new: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.prove(workspace, tree::consistency(old, new)).await
    }

    /// Whether a ledger goes on from what its signer recorded; why not, if it does not.
    ///
    /// # Errors
    /// [`SealError::Refused`], or when the database fails.
    pub async fn judge_record(
        &self,
        workspace: &WorkspaceId,
        recorded: Option<&str>,
    ) -> Result<(), SealError> {
        let size = self.ledger_head(workspace).await?.map_or(0, |head| head.size);
        let Some(text) = recorded else {
            return if size == 0 { Ok(()) } else { Err(Refused::NoRecord { size }.into()) };
        };
        let bad = || StoreError::inconsistent("ledger_key", "vkey", workspace.as_str());
        let key = Vkey::parse(&self.ledger_vkey(workspace).await?.unwrap_or_default()).map_err(|_| bad())?;
        let kept = Kept::parse(text)?;
        let both = kept.head(&key)?.size.min(size);
        let root = self.ledger_root(workspace, both).await?.ok_or_else(bad)?;
        kept.course(&key, size, &root)?;
        Ok(())
    }

    /// The root of the tree of that size, which the ledger has or had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_root(&self, workspace: &WorkspaceId, size: u64) -> Result<Option<Hash>, StoreError> {
        let proof = self.prove(workspace, Some(vec![Span::whole(size)])).await?;
        Ok(proof.and_then(|hashes| hashes.into_iter().next()))
    }

    async fn prove(
        &self,
        workspace: &WorkspaceId,
        path: Option<Vec<Span>>,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(path) = path else { return Ok(None) };
        let nodes: Vec<Node> = path.iter().flat_map(|span| span.nodes()).collect();
        let keys = nodes.iter().flat_map(|node| super::node_key(workspace, node)).collect();
        let rows: Vec<NodeRow> = self.db.lookup(&NODES, keys).await?;
        let known: Known = rows.into_iter().filter_map(NodeRow::read).collect();
        Ok(path.into_iter().map(|span| span.hash(&known)).collect())
    }

    /// The receipt of a leaf under the present head.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipt(
        &self,
        workspace: &WorkspaceId,
        (index, leaf): Numbered,
    ) -> Result<Option<Receipt>, StoreError> {
        let Some(head) = self.ledger_head(workspace).await? else { return Ok(None) };
        let proof = self.prove_inclusion(workspace, index, head.size).await?;
        Ok(proof.map(|proof| Receipt { leaf, index, proof, checkpoint: head.checkpoint }))
    }

    /// Everything there is about a record: its sealed events with their receipts and what they commit to; none when
    /// nothing of it is sealed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn evidence(
        &self,
        workspace: &WorkspaceId,
        record_id: &str,
    ) -> Result<Option<Evidence>, StoreError> {
        let leaves = self.leaves_of(workspace, record_id).await?;
        let Some(vkey) = self.ledger_vkey(workspace).await?.filter(|_| !leaves.is_empty()) else {
            return Ok(None);
        };
        let payloads = self.payloads(workspace, record_id).await?;
        let mut entries = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let found = payload_of(&leaf.1, &payloads);
            let content = found.and_then(|(key, sealed)| open(key, record_id, sealed));
            // What does not open any more is shown as erased, whole.
            let found = found.filter(|_| content.is_some());
            let Some(receipt) = self.receipt(workspace, leaf).await? else { continue };
            entries.push(Entry {
                receipt: receipt.to_text(),
                record_key: found.map(|(key, _)| key.to_hex()),
                payload: found.map(|(_, sealed)| encode_base64(sealed)),
                content,
            });
        }
        Ok(Some(Evidence { format: FORMAT.to_owned(), vkey, record_id: record_id.to_owned(), entries }))
    }

    /// The sealed evidence of a record with the keys that open it; that of erased persons is not there.
    async fn payloads(&self, workspace: &WorkspaceId, record_id: &str) -> Result<Vec<Payload>, StoreError> {
        let rows: Vec<PayloadRow> = self.db.all(PAYLOADS, args![workspace, record_id]).await?;
        let read = |row: PayloadRow| {
            let bad = |column| StoreError::inconsistent("ledger_payload", column, record_id);
            let identity = IdentityId::parse(&row.identity_id).map_err(|_| bad("identity_id"))?;
            let of_person = self.vault.identity_key(&identity, &row.wrapped)?;
            Ok((RecordKey::new(of_person.derive(record_id)), row.ciphertext))
        };
        rows.into_iter().map(read).collect()
    }
}

/// Sealed evidence with the key that opens it.
type Payload = (RecordKey, Vec<u8>);

/// The sealed evidence that a leaf names.
fn payload_of<'a>(bytes: &[u8], payloads: &'a [Payload]) -> Option<&'a Payload> {
    let said = leaf::read(bytes)?;
    let named = said["payload_ct_sha256"].as_str()?;
    payloads.iter().find(|(_, sealed)| hex::encode(sha256(sealed)) == named)
}

fn open(key: &RecordKey, record_id: &str, sealed: &[u8]) -> Option<Json> {
    serde_json::from_slice(&key.open(record_id, sealed)?).ok()
}

fn numbered(rows: Vec<(i64, Vec<u8>)>) -> Vec<Numbered> {
    rows.into_iter().filter_map(|(at, leaf)| Some((index(at)?, leaf))).collect()
}
