//! Handoffs and the way they went: reading for a decision, writing what was decided.

use sqlx::FromRow;

use super::engine::{Bulk, locked};
use super::error::StoreError;
use super::json;
use super::value::{Value, values};
use super::write::{Statement, Write};
use crate::domain::channel::Channel;
use crate::domain::handoff::{Handoff, HandoffState, InShort, Path, Step};
use crate::domain::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, HandoffId, IdentityId, LinkId, MessageId,
    WorkspaceId,
};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    24,
    "INSERT INTO handoff (id, workspace_id, complaint_id, parent_id, path, channel, connection_id, identity_id,
        dm_conversation_id, target_id, conversation_id, link_id, state, case_ref, language, notice_sha256,
        confirm_message_id, delivery_id, body_id, agent, expires_at, event_seq, version, created_at, updated_at,
        ended_at, proven_at) VALUES ",
    27,
);

static UPDATE: Statement = Statement::update(
    25,
    "UPDATE handoff SET path = v.column3, dm_conversation_id = v.column4, target_id = v.column5,
        conversation_id = v.column6, link_id = v.column7, state = v.column8, notice_sha256 = v.column9,
        confirm_message_id = v.column10, delivery_id = v.column11, expires_at = v.column12, event_seq = v.column13,
        ended_at = v.column14, version = version + 1, updated_at = v.column15,
        proven_at = COALESCE(proven_at, CASE WHEN v.column8 IN
            ('account_proven', 'token_sent', 'code_sent', 'consent_pending', 'bound', 'active') THEN v.column15 END),
        agreed_at = COALESCE(agreed_at, CASE WHEN v.column8 IN ('bound', 'active') THEN v.column15 END),
        active_at = COALESCE(active_at, CASE WHEN v.column8 = 'active' THEN v.column15 END)
    FROM (VALUES ",
    15,
    ") AS v WHERE handoff.id = v.column1 AND handoff.version = v.column2",
);

static INSERT_STEP: Statement = Statement::insert(
    26,
    "INSERT INTO handoff_step (handoff_id, number, workspace_id, state, cause, at) VALUES ",
    6,
);

/// The columns of [`HandoffRow`], of a table called `h`.
macro_rules! handoff_columns {
    () => {
        "h.id, h.workspace_id, h.complaint_id, h.parent_id, h.path, h.channel, h.connection_id, h.identity_id,
        h.dm_conversation_id, h.target_id, h.conversation_id, h.link_id, h.state, h.case_ref, h.language,
        h.notice_sha256, h.confirm_message_id, h.delivery_id, h.body_id, h.agent, h.expires_at, h.event_seq, h.version,
        h.created_at, h.ended_at"
    };
}
pub(super) use handoff_columns;

/// By id, locked.
pub(super) const LOCK: Bulk = Bulk {
    head: concat!("SELECT ", handoff_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN handoff h ON h.id = v.column1
    ORDER BY h.id",
        of "h"
    ),
};

/// What a handoff stands on: read to know what to lock.
macro_rules! standing_columns {
    () => {
        "SELECT h.id, h.complaint_id, h.connection_id, h.dm_conversation_id, h.conversation_id, h.identity_id, h.target_id
        FROM (VALUES "
    };
}

/// Open ones that somebody who writes may take on: as the account, on its private side, or as the target.
pub(super) const OPEN_OF_IDENTITIES: Bulk = Bulk::new(
    "WITH v AS (VALUES ",
    1,
    ") SELECT h.id, h.complaint_id, h.connection_id, h.dm_conversation_id, h.conversation_id, h.identity_id, h.target_id
    FROM v JOIN handoff h ON h.identity_id = v.column1 AND h.ended_at IS NULL
    UNION SELECT h.id, h.complaint_id, h.connection_id, h.dm_conversation_id, h.conversation_id, h.identity_id, h.target_id
    FROM v JOIN handoff h ON h.target_id = v.column1 AND h.ended_at IS NULL
    UNION SELECT h.id, h.complaint_id, h.connection_id, h.dm_conversation_id, h.conversation_id, h.identity_id, h.target_id
    FROM v JOIN conversation c ON c.identity_id = v.column1
        JOIN handoff h ON h.dm_conversation_id = c.id AND h.ended_at IS NULL",
);

/// Open ones by their case reference.
pub(super) const OPEN_BY_CASE: Bulk = Bulk::new(
    standing_columns!(),
    2,
    ") AS v JOIN handoff h ON h.workspace_id = v.column1 AND h.case_ref = v.column2 AND h.ended_at IS NULL",
);

/// Of complaints, whatever their state.
pub(super) const OF_COMPLAINTS: Bulk =
    Bulk::new(standing_columns!(), 1, ") AS v JOIN handoff h ON h.complaint_id = v.column1");

/// Open ones of conversations.
pub(super) const OPEN_OF_CONVERSATIONS: Bulk = Bulk::new(
    standing_columns!(),
    1,
    ") AS v JOIN handoff h ON h.conversation_id = v.column1 AND h.ended_at IS NULL",
);

/// Open ones on links.
pub(super) const OPEN_OF_LINKS: Bulk = Bulk::new(
    standing_columns!(),
    1,
    ") AS v JOIN handoff h ON h.link_id = v.column1 AND h.ended_at IS NULL",
);

/// Over because their consent was taken back; START may bring them back.
pub(super) const WITHDRAWN_OF_IDENTITIES: Bulk = Bulk::new(
    standing_columns!(),
    1,
    ") AS v
    JOIN consent n ON n.identity_id = v.column1 AND n.state = 'withdrawn'
    JOIN handoff h ON h.id = n.handoff_id AND h.state = 'withdrawn'",
);

/// Whose invitation a delivery carries.
pub(super) const BY_DELIVERY: Bulk =
    Bulk::new(standing_columns!(), 1, ") AS v JOIN handoff h ON h.delivery_id = v.column1");

/// Whose confirming text a message is.
pub(super) const BY_CONFIRM: Bulk =
    Bulk::new(standing_columns!(), 1, ") AS v JOIN handoff h ON h.confirm_message_id = v.column1");

/// By id, to know what they stand on.
pub(super) const BY_ID: Bulk = Bulk::new(standing_columns!(), 1, ") AS v JOIN handoff h ON h.id = v.column1");

/// The way of handoffs.
pub(super) const STEPS: Bulk = Bulk::new(
    "SELECT s.handoff_id, s.state, s.cause, s.at FROM (VALUES ",
    1,
    ") AS v JOIN handoff_step s ON s.handoff_id = v.column1 ORDER BY s.handoff_id, s.number",
);

/// What a handoff stands on.
#[derive(Debug, FromRow)]
pub(super) struct StandingRow {
    pub(super) id: String,
    pub(super) complaint_id: String,
    pub(super) connection_id: String,
    pub(super) dm_conversation_id: Option<String>,
    pub(super) conversation_id: Option<String>,
    pub(super) identity_id: String,
    pub(super) target_id: Option<String>,
}

#[derive(Debug, FromRow)]
pub(super) struct HandoffRow {
    pub(super) id: String,
    workspace_id: String,
    complaint_id: String,
    parent_id: Option<String>,
    path: String,
    channel: String,
    connection_id: String,
    identity_id: String,
    dm_conversation_id: Option<String>,
    target_id: Option<String>,
    conversation_id: Option<String>,
    link_id: Option<String>,
    state: String,
    case_ref: String,
    language: String,
    notice_sha256: Option<String>,
    confirm_message_id: Option<String>,
    delivery_id: Option<String>,
    body_id: Option<String>,
    agent: Option<String>,
    expires_at: Option<i64>,
    event_seq: i64,
    version: i64,
    created_at: i64,
    ended_at: Option<i64>,
}

impl HandoffRow {
    pub(super) fn read(self) -> Result<Handoff, StoreError> {
        let bad = |column| StoreError::inconsistent("handoff", column, &self.id);
        macro_rules! some {
            ($id:ident, $field:ident) => {
                self.$field.as_deref().map($id::parse).transpose().map_err(|_| bad(stringify!($field)))?
            };
        }
        Ok(Handoff {
            id: HandoffId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            complaint_id: ComplaintId::parse(&self.complaint_id).map_err(|_| bad("complaint_id"))?,
            parent_id: some!(HandoffId, parent_id),
            path: Path::parse(&self.path).ok_or_else(|| bad("path"))?,
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            dm_conversation_id: some!(ConversationId, dm_conversation_id),
            target_id: some!(IdentityId, target_id),
            conversation_id: some!(ConversationId, conversation_id),
            link_id: some!(LinkId, link_id),
            state: HandoffState::parse(&self.state).ok_or_else(|| bad("state"))?,
            case_ref: self.case_ref.clone(),
            language: self.language.clone(),
            notice_sha256: self.notice_sha256.clone(),
            confirm_message_id: some!(MessageId, confirm_message_id),
            delivery_id: some!(DeliveryId, delivery_id),
            body_id: some!(BodyId, body_id),
            agent: json::read_some(self.agent.as_deref(), "handoff", "agent", &self.id)?,
            expires_at: self.expires_at.map(Timestamp::from_millis),
            event_seq: self.event_seq,
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
            ended_at: self.ended_at.map(Timestamp::from_millis),
        })
    }
}

/// The newest handoff of a complaint or a conversation, out of its two columns.
pub(super) fn in_short(id: Option<&str>, state: Option<&str>) -> Result<Option<InShort>, ()> {
    let Some((id, state)) = id.zip(state) else { return Ok(None) };
    let id = HandoffId::parse(id).map_err(|_| ())?;
    Ok(Some(InShort { id, state: HandoffState::parse(state).ok_or(())? }))
}

/// A step of a handoff's way.
#[derive(Debug, FromRow)]
pub(super) struct StepRow {
    pub(super) handoff_id: String,
    pub(super) state: String,
    pub(super) cause: String,
    pub(super) at: i64,
}

/// Whether the account that complains has shown itself already, as where it writes to us in private anyway.
const fn is_proven(state: HandoffState) -> bool {
    matches!(state, HandoffState::AccountProven | HandoffState::TokenSent | HandoffState::CodeSent)
}

/// A new handoff; its version is what it was made with.
pub fn insert(handoff: &Handoff, now: Timestamp) -> Write {
    let h = handoff;
    let values = values![
        &h.id,
        &h.workspace_id,
        &h.complaint_id,
        h.parent_id.as_ref(),
        h.path.as_str(),
        &h.channel,
        &h.connection_id,
        &h.identity_id,
        h.dm_conversation_id.as_ref(),
        h.target_id.as_ref(),
        h.conversation_id.as_ref(),
        h.link_id.as_ref(),
        h.state.as_str(),
        &h.case_ref,
        &h.language,
        h.notice_sha256.clone(),
        h.confirm_message_id.as_ref(),
        h.delivery_id.as_ref(),
        h.body_id.as_ref(),
        json::write_some(h.agent.as_ref()),
        h.expires_at,
        h.event_seq,
        h.version,
        h.created_at,
        now,
        h.ended_at,
        Some(now).filter(|_| is_proven(h.state)),
    ];
    Write { statement: &INSERT, values }
}

/// The changed state of a handoff read at version `read`.
pub fn update(handoff: &Handoff, read: i64, now: Timestamp) -> Write {
    let h = handoff;
    let values = values![
        &h.id,
        read,
        h.path.as_str(),
        h.dm_conversation_id.as_ref(),
        h.target_id.as_ref(),
        h.conversation_id.as_ref(),
        h.link_id.as_ref(),
        h.state.as_str(),
        h.notice_sha256.clone(),
        h.confirm_message_id.as_ref(),
        h.delivery_id.as_ref(),
        h.expires_at,
        h.event_seq,
        h.ended_at,
        now,
    ];
    Write { statement: &UPDATE, values }
}

/// A step of a handoff's way, numbered as its event is.
pub fn insert_step(handoff: &Handoff, step: Step, number: i64, now: Timestamp) -> Write {
    let values: Vec<Value> =
        values![&handoff.id, number, &handoff.workspace_id, step.state.as_str(), step.cause, now];
    Write { statement: &INSERT_STEP, values }
}
