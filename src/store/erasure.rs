//! Erasing an identity: its key first, so that whoever is about to write for it decides again, then everything that was
//! sealed, sent or remembered for it. What stays are ids, states and times, its suppressions and the ledger's leaves.

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::ledger;
use super::value::{args, values};
use super::write::{Statement, Write};
use crate::domain::id::{ComplaintId, ConsentId, IdentityId, WorkspaceId};
use crate::domain::identity::Identity;
use crate::domain::time::Timestamp;

static KEY: Statement =
    Statement::adjust(12, "DELETE FROM identity_key WHERE identity_id IN (VALUES ", 1, ")");

/// Its own id stands in for its index: whoever writes from that address again is somebody new.
static IDENTITY: Statement = Statement::update(
    13,
    "UPDATE identity SET blind = v.column2, suppression_key = v.column3, address = v.column3, profile_body_id = NULL,
        customer_id = own_customer_id, erased_at = v.column4, event_seq = event_seq + 1,
        version = version + 1
    FROM (VALUES ",
    5,
    ") AS v WHERE identity.id = v.column1 AND identity.version = v.column5",
);

static BODIES: Statement = Statement::adjust(15, "DELETE FROM body WHERE identity_id IN (VALUES ", 1, ")");

/// Why people linked and unlinked it may be written under the other identity's key.
static NOTES: Statement = Statement::adjust(
    15,
    "DELETE FROM body WHERE id IN (
        SELECT l.note_body_id FROM (VALUES ",
    1,
    ") AS v JOIN link l ON l.one_id = v.column1 OR l.other_id = v.column1 WHERE l.note_body_id IS NOT NULL)",
);
static END_NOTES: Statement = Statement::adjust(
    15,
    "DELETE FROM body WHERE id IN (
        SELECT l.end_note_body_id FROM (VALUES ",
    1,
    ") AS v JOIN link l ON l.one_id = v.column1 OR l.other_id = v.column1 WHERE l.end_note_body_id IS NOT NULL)",
);

static THREAD: Statement = Statement::adjust(
    17,
    "UPDATE complaint SET thread_key = v.column2 FROM (VALUES ",
    2,
    ") AS v WHERE complaint.id = v.column1",
);

static POSTS: Statement = Statement::adjust(
    19,
    "UPDATE post SET external_key = NULL WHERE complaint_id IN (
        SELECT c.id FROM (VALUES ",
    1,
    ") AS v JOIN complaint c ON c.identity_id = v.column1)",
);

static PROOFS: Statement = Statement::adjust(
    27,
    "DELETE FROM proof WHERE hash IN (
        SELECT p.hash FROM (VALUES ",
    1,
    ") AS v JOIN proof p ON p.holder_id = v.column1 OR p.target_id = v.column1)",
);

static STRIKES: Statement = Statement::adjust(27, "DELETE FROM strike WHERE identity_id IN (VALUES ", 1, ")");

static MESSAGES: Statement = Statement::adjust(
    35,
    "UPDATE message SET external_key = NULL, client_ref = NULL WHERE identity_id IN (VALUES ",
    1,
    ")",
);

/// Some platforms write the number into their ids.
static PARTS: Statement = Statement::adjust(
    36,
    "UPDATE message_part SET provider_id = NULL WHERE message_id IN (
        SELECT m.id FROM (VALUES ",
    1,
    ") AS v JOIN message m ON m.identity_id = v.column1)",
);

static TASKS: Statement = Statement::adjust(
    48,
    "UPDATE task SET detail = '' WHERE subject IN (
        SELECT m.id FROM (VALUES ",
    1,
    ") AS v JOIN message m ON m.identity_id = v.column1)",
);
static HANDOFF_TASKS: Statement = Statement::adjust(
    48,
    "UPDATE task SET detail = '' WHERE subject IN (
        SELECT h.id FROM (VALUES ",
    1,
    ") AS v JOIN handoff h ON h.identity_id = v.column1 OR h.target_id = v.column1)",
);

static DELIVERIES: Statement = Statement::adjust(
    55,
    "UPDATE delivery SET suppression_key = NULL, last_error = NULL WHERE id IN (
        SELECT p.delivery_id FROM (VALUES ",
    1,
    ") AS v
        JOIN message m ON m.identity_id = v.column1
        JOIN message_part p ON p.message_id = m.id)",
);

static CALLBACKS: Statement = Statement::adjust(
    64,
    "DELETE FROM callback WHERE id IN (
        SELECT e.callback_id FROM (VALUES ",
    1,
    ") AS v JOIN inbound_event e ON e.identity_id = v.column1)",
);

static INBOUND: Statement = Statement::adjust(
    65,
    "UPDATE inbound_event SET payload = NULL, raw = NULL
    WHERE (payload IS NOT NULL OR raw IS NOT NULL) AND identity_id IN (VALUES ",
    1,
    ")",
);

static ANSWERS: Statement = Statement::adjust(
    68,
    "DELETE FROM idempotency WHERE id IN (
        SELECT a.answer_id FROM (VALUES ",
    1,
    ") AS v JOIN answer_identity a ON a.identity_id = v.column1)",
);

static ANSWER_IDENTITIES: Statement =
    Statement::adjust(69, "DELETE FROM answer_identity WHERE identity_id IN (VALUES ", 1, ")");

static RECEIPTS: Statement =
    Statement::adjust(63, "DELETE FROM receipt_link WHERE record_id IN (VALUES ", 1, ")");

/// What is written for an identity alone, in the order of its ranks.
const OF_IDENTITY: [&Statement; 15] = [
    &KEY,
    &BODIES,
    &NOTES,
    &END_NOTES,
    &POSTS,
    &PROOFS,
    &STRIKES,
    &MESSAGES,
    &PARTS,
    &TASKS,
    &HANDOFF_TASKS,
    &DELIVERIES,
    &CALLBACKS,
    &INBOUND,
    &ANSWERS,
];

const LIST: &str = "SELECT i.id, i.workspace_id, i.erased_at FROM identity i
    WHERE i.erased_at IS NOT NULL AND i.id > $1
    ORDER BY i.id
    LIMIT $2";

/// The complaints of identities.
pub(super) const COMPLAINTS: Bulk =
    Bulk::new("SELECT c.id FROM (VALUES ", 1, ") AS v JOIN complaint c ON c.identity_id = v.column1");

/// Sends to identities, and public replies to them, that are not yet on the wire.
pub(super) const OPEN_SENDS: Bulk = Bulk::new(
    "SELECT v.column1, d.id
    FROM (VALUES ",
    1,
    ") AS v
    JOIN delivery d ON d.identity_id = v.column1
    WHERE d.kind = 'provider' AND d.state IN ('pending', 'leased')",
);

/// Which of these are there and not erased, with their tenants.
const LEFT: Bulk = Bulk::new(
    "SELECT i.id, i.workspace_id FROM (VALUES ",
    1,
    ") AS v JOIN identity i ON i.id = v.column1 WHERE i.erased_at IS NULL",
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(LIST)];
pub(super) const LOOKUPS: &[Bulk] = &[COMPLAINTS, OPEN_SENDS, LEFT];

/// An identity that was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Which.
    pub identity_id: IdentityId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// When.
    pub erased_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct ErasureRow {
    id: String,
    workspace_id: String,
    erased_at: i64,
}

impl ErasureRow {
    fn read(self) -> Result<Erasure, StoreError> {
        let bad = |column| StoreError::inconsistent("identity", column, &self.id);
        Ok(Erasure {
            identity_id: IdentityId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            erased_at: Timestamp::from_millis(self.erased_at),
        })
    }
}

/// Erases an identity read at version `read`, with the keys of its threads and what the ledger keeps to open.
pub fn erase(
    identity: &Identity,
    read: i64,
    (complaints, consents): (&[ComplaintId], &[ConsentId]),
    now: Timestamp,
) -> Vec<Write> {
    let id = &identity.id;
    let bytes = |id: &str| id.as_bytes().to_vec();
    let mut writes: Vec<Write> =
        OF_IDENTITY.into_iter().map(|statement| Write { statement, values: values![id] }).collect();
    writes.push(Write { statement: &ANSWER_IDENTITIES, values: values![id] });
    let values = values![id, bytes(id.as_str()), Vec::<u8>::new(), now, read];
    writes.push(Write { statement: &IDENTITY, values });
    writes.extend(
        complaints.iter().map(|one| Write { statement: &THREAD, values: values![one, bytes(one.as_str())] }),
    );
    for consent in consents {
        writes.push(ledger::accept_erased(&identity.workspace_id, consent.as_str(), now));
        writes.push(Write { statement: &RECEIPTS, values: values![consent] });
    }
    writes.push(ledger::erase_payloads(id));
    writes
}

impl Store {
    /// Identities that were erased, by id, at most 500 after that one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erasures(&self, after: Option<&IdentityId>) -> Result<Vec<Erasure>, StoreError> {
        let after = after.map_or("", IdentityId::as_str);
        let rows: Vec<ErasureRow> = self.db.all(LIST, args![after, 500_i64]).await?;
        rows.into_iter().map(ErasureRow::read).collect()
    }

    /// Which of these identities are there and not erased, with their tenants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn not_erased(&self, ids: &[IdentityId]) -> Result<Vec<(IdentityId, WorkspaceId)>, StoreError> {
        let rows: Vec<(String, String)> = self.db.lookup(&LEFT, ids.iter().map(Into::into).collect()).await?;
        let read = |(id, workspace): (String, String)| {
            let bad = |column| StoreError::inconsistent("identity", column, &id);
            let identity = IdentityId::parse(&id).map_err(|_| bad("id"))?;
            Ok((identity, WorkspaceId::parse(&workspace).map_err(|_| bad("workspace_id"))?))
        };
        rows.into_iter().map(read).collect()
    }
}
