//! The ledger's rows: what decisions hand in, what the sequencer seals, and what proofs are read from.
//!
//! A decision hands an event in with [`record`], or with [`accept`] where there is nothing to open; the row commits with
//! it. From then on the event is *accepted*; it is *sealed* once the sequencer gave it its place.

use serde_json::{Value as Json, json};

use super::identity::KnownIdentity;
use super::value::values;
use super::write::{Statement, Write};
use crate::clock;
use crate::domain::id::{IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::ledger::hash::sha256;
use crate::ledger::leaf::{Leaf, LeafEvent, Terms};
use crate::ledger::record::RecordKey;

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
