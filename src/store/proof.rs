//! Secrets that were shown, by their keyed hash, and how often somebody brought a wrong one.

use sqlx::FromRow;

use super::engine::Bulk;
use super::error::StoreError;
use super::value::values;
use super::write::{Guard, Statement, Write};
use crate::domain::handoff::proof::{Proof, ProofKind, ProofState};
use crate::domain::id::{HandoffId, IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    27,
    "INSERT INTO proof (hash, workspace_id, handoff_id, kind, holder_id, target_id, state, tries, expires_at, created_at)
    VALUES ",
    10,
);

static VOID: Statement = Statement::adjust(
    26,
    "UPDATE proof SET state = 'void' FROM (VALUES ",
    2,
    ") AS v WHERE proof.handoff_id = v.column1 AND proof.state = 'live' AND proof.created_at <= v.column2",
);

/// Before [`VOID`]: what comes back may take the others back.
static USE: Statement = Statement::update(
    25,
    "UPDATE proof SET state = 'used', used_by = v.column2 FROM (VALUES ",
    2,
    ") AS v WHERE proof.hash = v.column1 AND proof.state = 'live'",
);

static TRY: Statement = Statement::adjust(
    25,
    "UPDATE proof SET tries = proof.tries + 1 FROM (VALUES ",
    1,
    ") AS v WHERE proof.hash = v.column1 AND proof.state = 'live'",
);

static STRIKE: Statement = Statement {
    rank: 28,
    bulk: Bulk::new(
        "INSERT INTO strike (identity_id, workspace_id, count, since) VALUES ",
        4,
        " ON CONFLICT (identity_id) DO UPDATE SET
            count = CASE WHEN strike.since + 3600000 <= excluded.since THEN 1 ELSE strike.count + 1 END,
            since = CASE WHEN strike.since + 3600000 <= excluded.since THEN excluded.since ELSE strike.since END",
    ),
    guard: Guard::Any,
};

macro_rules! proof_columns {
    () => {
        "SELECT p.hash, p.workspace_id, p.handoff_id, p.kind, p.holder_id, p.target_id, p.state, p.used_by, p.tries,
        p.expires_at, p.created_at FROM (VALUES "
    };
}

/// By hash.
pub(super) const BY_HASH: Bulk = Bulk::new(proof_columns!(), 1, ") AS v JOIN proof p ON p.hash = v.column1");

/// Live ones of handoffs.
pub(super) const LIVE_OF_HANDOFFS: Bulk = Bulk::new(
    proof_columns!(),
    1,
    ") AS v JOIN proof p ON p.handoff_id = v.column1 AND p.state = 'live' ORDER BY p.created_at",
);

/// When accounts asked for codes: as far back as a day before the last.
pub(super) const CODES: Bulk = Bulk::new(
    "SELECT p.holder_id, p.created_at FROM (VALUES ",
    1,
    ") AS v JOIN proof p ON p.holder_id = v.column1 AND p.kind = 'code'
    WHERE p.created_at > (SELECT MAX(q.created_at) FROM proof q WHERE q.holder_id = p.holder_id AND q.kind = 'code')
        - 86400000",
);

/// Wrong ones of identities.
pub(super) const STRIKES: Bulk = Bulk::new(
    "SELECT s.identity_id, s.count, s.since FROM (VALUES ",
    1,
    ") AS v JOIN strike s ON s.identity_id = v.column1",
);

#[derive(Debug, FromRow)]
pub(super) struct ProofRow {
    hash: Vec<u8>,
    workspace_id: String,
    handoff_id: String,
    kind: String,
    holder_id: String,
    target_id: Option<String>,
    state: String,
    used_by: Option<String>,
    tries: i64,
    expires_at: i64,
    created_at: i64,
}

impl ProofRow {
    pub(super) fn read(self) -> Result<Proof, StoreError> {
        let bad = |column| StoreError::inconsistent("proof", column, &hex::encode(&self.hash));
        let identity = |id: Option<&String>| id.map(|id| IdentityId::parse(id)).transpose();
        Ok(Proof {
            hash: self.hash.as_slice().try_into().map_err(|_| bad("hash"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            handoff_id: HandoffId::parse(&self.handoff_id).map_err(|_| bad("handoff_id"))?,
            kind: ProofKind::parse(&self.kind).ok_or_else(|| bad("kind"))?,
            holder_id: IdentityId::parse(&self.holder_id).map_err(|_| bad("holder_id"))?,
            target_id: identity(self.target_id.as_ref()).map_err(|_| bad("target_id"))?,
            state: ProofState::parse(&self.state).ok_or_else(|| bad("state"))?,
            used_by: identity(self.used_by.as_ref()).map_err(|_| bad("used_by"))?,
            tries: self.tries,
            expires_at: Timestamp::from_millis(self.expires_at),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// A secret that is shown.
pub fn insert(proof: &Proof) -> Write {
    let p = proof;
    let values = values![
        p.hash,
        &p.workspace_id,
        &p.handoff_id,
        p.kind.as_str(),
        &p.holder_id,
        p.target_id.as_ref(),
        p.state.as_str(),
        p.tries,
        p.expires_at,
        p.created_at,
    ];
    Write { statement: &INSERT, values }
}

/// Takes back what was shown before `now`.
pub fn void(handoff: &HandoffId, before: Timestamp) -> Write {
    Write { statement: &VOID, values: values![handoff, before] }
}

/// It came back; another writer that saw it come back first wins.
pub fn used(proof: &Proof) -> Write {
    Write { statement: &USE, values: values![proof.hash, proof.used_by.as_ref()] }
}

/// A wrong try at it.
pub fn tried(proof: &Proof) -> Write {
    Write { statement: &TRY, values: values![proof.hash] }
}

/// Somebody brought a wrong one.
pub fn strike(identity: &IdentityId, workspace: &WorkspaceId, now: Timestamp) -> Write {
    Write { statement: &STRIKE, values: values![identity, workspace, 1_i64, now] }
}
