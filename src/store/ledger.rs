//! The ledger's rows: what decisions hand in, what the sequencer seals, and what proofs are read from.
//!
//! A decision hands an event in with [`record`], or with [`accept`] where there is nothing to open; the row commits with
//! it. From then on the event is *accepted*; it is *sealed* once the sequencer gave it its place.

mod link;
mod read;
mod seal;
mod told;

use serde_json::{Value as Json, json};

pub use self::link::{GOOD_FOR, Linked, receipt_link};
pub use self::read::{Numbered, Recorded};
pub use self::seal::{Batch, HeadRecord, Seal, SealError};

use super::engine::{Bulk, Sql, Tx};
use super::error::StoreError;
use super::identity::KnownIdentity;
use super::value::{Value, args, values};
use super::write::{Statement, Write};
use crate::clock;
use crate::domain::id::{IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::ledger::hash::{Hash, sha256};
use crate::ledger::leaf::{Leaf, LeafEvent, Terms};
use crate::ledger::record::RecordKey;
use crate::ledger::tree::{Known, Node};

const HEAD: &str = "SELECT size, root, checkpoint, sealed_at FROM ledger_head WHERE workspace_id = $1";

const OWN: &[Sql] = &[Sql::same(HEAD)];
pub(super) const STATEMENTS: [&[Sql]; 4] = [OWN, link::STATEMENTS, read::STATEMENTS, seal::STATEMENTS];
pub(super) const LOOKUPS: [&[Bulk]; 3] = [read::LOOKUPS, seal::LOOKUPS, told::LOOKUPS];

static ACCEPT: Statement =
    Statement::insert(60, "INSERT INTO ledger_inbox (workspace_id, record_id, leaf, accepted_at) VALUES ", 4);

static INSERT_PAYLOAD: Statement = Statement::insert(
    61,
    "INSERT INTO ledger_payload (workspace_id, record_id, sha256, identity_id, ciphertext, created_at) VALUES ",
    6,
);

static ERASE_PAYLOADS: Statement =
    Statement::adjust(62, "DELETE FROM ledger_payload WHERE identity_id IN (VALUES ", 1, ")");

/// A consent event on its way into the ledger.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The consent, `cns_…`.
    pub record_id: &'a str,
    /// What happened.
    pub event: LeafEvent,
    /// When.
    pub at: Timestamp,
    /// What it was about; nothing in it may point at a person.
    pub terms: Terms,
    /// What proves it: texts, message ids, numbers. It is sealed under the record's own key and never in the ledger.
    pub evidence: Json,
}

/// Hands a consent event of an identity in. To be written by the decision that makes it, under the consent's lock.
pub fn record(known: &KnownIdentity, entry: Entry<'_>) -> [Write; 2] {
    let Entry { record_id, event, at, terms, evidence } = entry;
    let workspace = &known.identity.workspace_id;
    let key = RecordKey::new(known.key.derive(record_id));
    let identity = canonical_identity(known);
    let content = json!({"identity": identity, "evidence": evidence}).to_string();
    let sealed = key.seal(clock::random(), record_id, content.as_bytes());
    let leaf = Leaf {
        record_id: record_id.to_owned(),
        event,
        at,
        terms,
        subject_commitment: key.commit(&identity).ok(),
        payload_ct_sha256: Some(sha256(&sealed)),
        key_id: Some(key.id()),
    };
    let values = values![workspace, record_id, sha256(&sealed), &known.identity.id, sealed, at];
    [accept(workspace, &leaf), Write { statement: &INSERT_PAYLOAD, values }]
}

/// What a commitment commits to.
fn canonical_identity(known: &KnownIdentity) -> Json {
    json!({"namespace": known.identity.namespace.as_str(), "external_id": known.external_id})
}

/// Hands a leaf in that has nothing to open, such as `subject.erased`.
pub fn accept(workspace: &WorkspaceId, leaf: &Leaf) -> Write {
    let values = values![workspace, leaf.record_id.as_str(), leaf.bytes(), leaf.at];
    Write { statement: &ACCEPT, values }
}

/// Says that the person behind a record was erased; to be written for each of their records, with their erasure.
pub fn accept_erased(workspace: &WorkspaceId, record_id: &str, at: Timestamp) -> Write {
    let leaf = Leaf {
        record_id: record_id.to_owned(),
        event: LeafEvent::Erased,
        at,
        terms: Terms::default(),
        subject_commitment: None,
        payload_ct_sha256: None,
        key_id: None,
    };
    accept(workspace, &leaf)
}

/// Deletes the evidence of an identity; its leaves stay and prove what they proved.
pub fn erase_payloads(identity: &IdentityId) -> Write {
    Write { statement: &ERASE_PAYLOADS, values: values![identity] }
}

/// The signed head of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Both, signed.
    pub checkpoint: String,
    /// Since when.
    pub sealed_at: Timestamp,
}

/// A number as SQL has it.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn index(number: i64) -> Option<u64> {
    u64::try_from(number).ok()
}

fn node_key(workspace: &WorkspaceId, node: &Node) -> Vec<Value> {
    values![workspace, i64::from(node.level), number(node.index)]
}

fn head_of(
    row: Option<(i64, Vec<u8>, String, i64)>,
    workspace: &WorkspaceId,
) -> Result<Option<Head>, StoreError> {
    let Some((size, root, checkpoint, sealed_at)) = row else { return Ok(None) };
    let bad = |column| StoreError::inconsistent("ledger_head", column, workspace.as_str());
    Ok(Some(Head {
        size: index(size).ok_or_else(|| bad("size"))?,
        root: Hash::from_slice(&root).ok_or_else(|| bad("root"))?,
        checkpoint,
        sealed_at: Timestamp::from_millis(sealed_at),
    }))
}

async fn head_in(tx: &mut Tx, workspace: &WorkspaceId) -> Result<Option<Head>, StoreError> {
    head_of(tx.find(HEAD, args![workspace]).await?, workspace)
}

async fn nodes_in(tx: &mut Tx, workspace: &WorkspaceId, nodes: &[Node]) -> Result<Known, StoreError> {
    let keys = nodes.iter().flat_map(|node| node_key(workspace, node)).collect();
    let rows: Vec<read::NodeRow> = tx.lookup(read::NodeRow::BY_PLACE, keys).await?;
    Ok(rows.into_iter().filter_map(read::NodeRow::read).collect())
}
