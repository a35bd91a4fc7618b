//! Consents: reading for a decision, writing what was decided.

use sqlx::FromRow;

use super::engine::{Bulk, locked};
use super::error::StoreError;
use super::value::values;
use super::write::{Guard, Statement, Write};
use crate::domain::channel::Channel;
use crate::domain::consent::{Consent, ConsentState, Method, Notice, Purpose};
use crate::domain::id::{ConsentId, HandoffId, IdentityId, MessageId, WorkspaceId};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    28,
    "INSERT INTO consent (id, workspace_id, identity_id, counterpart_id, handoff_id, purpose, channel, state, method,
        language, notice_version, notice_sha256, prompt_message_id, evidence_message_id, imported, requested_at,
        granted_at, ended_at, valid_until, ledger_index, event_seq, version, created_at, updated_at) VALUES ",
    24,
);

static UPDATE: Statement = Statement::update(
    29,
    "UPDATE consent SET identity_id = v.column3, counterpart_id = v.column4, state = v.column5, method = v.column6,
        evidence_message_id = v.column7, granted_at = v.column8, ended_at = v.column9, valid_until = v.column10,
        ledger_index = v.column11, event_seq = v.column12, version = version + 1, updated_at = v.column13
    FROM (VALUES ",
    13,
    ") AS v WHERE consent.id = v.column1 AND consent.version = v.column2",
);

static NOTICE: Statement = Statement {
    rank: 28,
    bulk: Bulk::new(
        "INSERT INTO notice (workspace_id, sha256, name, language, version, text, created_at) VALUES ",
        7,
        " ON CONFLICT DO NOTHING",
    ),
    guard: Guard::Any,
};

/// The columns of [`ConsentRow`], of a table called `n`.
macro_rules! consent_columns {
    () => {
        "n.id, n.workspace_id, n.identity_id, n.counterpart_id, n.handoff_id, n.purpose, n.channel, n.state, n.method,
        n.language, n.notice_version, n.notice_sha256, n.prompt_message_id, n.evidence_message_id, n.imported,
        n.requested_at, n.granted_at, n.ended_at, n.valid_until, n.ledger_index, n.event_seq, n.version, n.created_at"
    };
}
pub(super) use consent_columns;

/// Of handoffs, locked.
pub(super) const LOCK_OF_HANDOFFS: Bulk = Bulk {
    head: concat!("SELECT ", consent_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN consent n ON n.handoff_id = v.column1
    ORDER BY n.id",
        of "n"
    ),
};

/// Of identities, locked.
pub(super) const LOCK_OF_IDENTITIES: Bulk = Bulk {
    head: concat!("SELECT ", consent_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN consent n ON n.identity_id = v.column1
    ORDER BY n.id",
        of "n"
    ),
};

/// By id, locked.
pub(super) const LOCK_BY_ID: Bulk = Bulk {
    head: concat!("SELECT ", consent_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN consent n ON n.id = v.column1
    ORDER BY n.id",
        of "n"
    ),
};

#[derive(Debug, FromRow)]
pub(super) struct ConsentRow {
    pub(super) id: String,
    workspace_id: String,
    identity_id: String,
    counterpart_id: Option<String>,
    handoff_id: Option<String>,
    purpose: String,
    channel: String,
    state: String,
    method: Option<String>,
    language: String,
    notice_version: Option<String>,
    notice_sha256: Option<String>,
    prompt_message_id: Option<String>,
    evidence_message_id: Option<String>,
    imported: i64,
    requested_at: Option<i64>,
    granted_at: Option<i64>,
    ended_at: Option<i64>,
    valid_until: Option<i64>,
    ledger_index: Option<i64>,
    event_seq: i64,
    version: i64,
    created_at: i64,
}

impl ConsentRow {
    pub(super) fn read(self) -> Result<Consent, StoreError> {
        let bad = |column| StoreError::inconsistent("consent", column, &self.id);
        macro_rules! some {
            ($id:ident, $field:ident) => {
                self.$field.as_deref().map($id::parse).transpose().map_err(|_| bad(stringify!($field)))?
            };
        }
        let notice = self.notice_version.clone().zip(self.notice_sha256.clone());
        let method = self.method.as_deref().map(|word| Method::parse(word).ok_or_else(|| bad("method")));
        Ok(Consent {
            id: ConsentId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            counterpart_id: some!(IdentityId, counterpart_id),
            handoff_id: some!(HandoffId, handoff_id),
            purpose: Purpose::parse(&self.purpose).ok_or_else(|| bad("purpose"))?,
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            state: ConsentState::parse(&self.state).ok_or_else(|| bad("state"))?,
            method: method.transpose()?,
            language: self.language.clone(),
            notice: notice.map(|(version, sha256)| Notice { version, sha256 }),
            prompt_message_id: some!(MessageId, prompt_message_id),
            evidence_message_id: some!(MessageId, evidence_message_id),
            is_imported: self.imported != 0,
            requested_at: self.requested_at.map(Timestamp::from_millis),
            granted_at: self.granted_at.map(Timestamp::from_millis),
            ended_at: self.ended_at.map(Timestamp::from_millis),
            valid_until: self.valid_until.map(Timestamp::from_millis),
            ledger_index: self.ledger_index,
            event_seq: self.event_seq,
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// A new record; its version is what it was made with.
pub fn insert(consent: &Consent, now: Timestamp) -> Write {
    let c = consent;
    let values = values![
        &c.id,
        &c.workspace_id,
        &c.identity_id,
        c.counterpart_id.as_ref(),
        c.handoff_id.as_ref(),
        c.purpose.as_str(),
        &c.channel,
        c.state.as_str(),
        c.method.map(Method::as_str),
        &c.language,
        c.notice.as_ref().map(|notice| notice.version.clone()),
        c.notice.as_ref().map(|notice| notice.sha256.clone()),
        c.prompt_message_id.as_ref(),
        c.evidence_message_id.as_ref(),
        c.is_imported,
        c.requested_at,
        c.granted_at,
        c.ended_at,
        c.valid_until,
        c.ledger_index,
        c.event_seq,
        c.version,
        c.created_at,
        now,
    ];
    Write { statement: &INSERT, values }
}

/// The changed state of a record read at version `read`.
pub fn update(consent: &Consent, read: i64, now: Timestamp) -> Write {
    let c = consent;
    let values = values![
        &c.id,
        read,
        &c.identity_id,
        c.counterpart_id.as_ref(),
        c.state.as_str(),
        c.method.map(Method::as_str),
        c.evidence_message_id.as_ref(),
        c.granted_at,
        c.ended_at,
        c.valid_until,
        c.ledger_index,
        c.event_seq,
        now,
    ];
    Write { statement: &UPDATE, values }
}

/// The exact words that were shown, once for each.
pub fn insert_notice(
    workspace: &WorkspaceId,
    name: &str,
    notice: &Notice,
    shown: (&str, &str),
    now: Timestamp,
) -> Write {
    let (language, text) = shown;
    let values = values![workspace, &notice.sha256, name, language, &notice.version, text, now];
    Write { statement: &NOTICE, values }
}
