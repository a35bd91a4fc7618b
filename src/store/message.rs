//! Messages and their parts.

use std::ops::Range;

use sqlx::FromRow;

use super::engine::Bulk;
use super::error::StoreError;
use super::json;
use super::value::values;
use super::write::{Statement, Write};
use crate::domain::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, IdentityId, MessageId, WorkspaceId,
};
use crate::domain::message::{Direction, Message, MessageStatus, Part};
use crate::domain::texts::TextName;
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    30,
    "INSERT INTO message (id, workspace_id, conversation_id, complaint_id, connection_id, identity_id, number,
        direction, external_key, body_id, keyword, status, status_at, failure, agent, client_ref, segments,
        expires_at, created_at, automatic) VALUES ",
    20,
);

static INSERT_PART: Statement = Statement::insert(
    31,
    "INSERT INTO message_part (message_id, part, workspace_id, connection_id, delivery_id, start_at, end_at, status,
        status_at) VALUES ",
    9,
);

static UPDATE: Statement = Statement::update(
    32,
    "UPDATE message SET status = v.column2, status_at = v.column3, failure = v.column4
    FROM (VALUES ",
    4,
    ") AS v WHERE message.id = v.column1",
);

static UPDATE_PART: Statement = Statement::update(
    33,
    "UPDATE message_part SET status = v.column3, status_at = v.column4, provider_id = v.column5, failure = v.column6
    FROM (VALUES ",
    6,
    ") AS v WHERE message_part.message_id = v.column1 AND message_part.part = v.column2",
);

static MOVE_PART: Statement = Statement::update(
    34,
    "UPDATE message_part SET delivery_id = v.column3
    FROM (VALUES ",
    3,
    ") AS v WHERE message_part.message_id = v.column1 AND message_part.part = v.column2",
);

static MARK_AUTOMATIC: Statement = Statement::update(
    35,
    "UPDATE message SET automatic = v.column2
    FROM (VALUES ",
    2,
    ") AS v WHERE message.id = v.column1",
);

/// The columns of [`MessageRow`], of a table called `m`.
macro_rules! message_columns {
    () => {
        "m.id, m.conversation_id, m.complaint_id, m.connection_id, m.identity_id, m.number,
        m.direction, m.body_id, m.keyword, m.status, m.status_at, m.failure, m.agent, m.client_ref, m.segments,
        m.expires_at, m.created_at, m.automatic"
    };
}
pub(super) use message_columns;

/// By id.
pub(super) const BY_ID: Bulk = Bulk::new(
    concat!("SELECT ", message_columns!(), " FROM (VALUES "),
    1,
    ") AS v JOIN message m ON m.id = v.column1",
);

/// The newest messages of ours in a conversation whose sending nobody has confirmed yet.
pub(super) const UNDER_WAY: Bulk = Bulk::new(
    "SELECT m.id FROM (VALUES ",
    2,
    ") AS v
    JOIN conversation t ON t.identity_id = v.column1 AND t.connection_id = v.column2
    JOIN message m ON m.conversation_id = t.id AND m.number > t.messages - 50
    WHERE m.direction = 'out' AND m.status IN ('queued', 'sending', 'unknown')",
);

/// The newest messages of ours in a conversation of which it is not known that they were read.
pub(super) const UNREAD: Bulk = Bulk::new(
    "SELECT m.id FROM (VALUES ",
    2,
    ") AS v
    JOIN conversation t ON t.identity_id = v.column1 AND t.connection_id = v.column2
    JOIN message m ON m.conversation_id = t.id AND m.number > t.messages - 200
    WHERE m.direction = 'out' AND m.status IN ('queued', 'sending', 'unknown', 'sent', 'delivered')",
);

/// Which messages that stand at the provider are there already.
pub(super) const KNOWN_EXTERNAL: Bulk = Bulk::new(
    "SELECT m.connection_id, m.external_key, m.id FROM (VALUES ",
    2,
    ") AS v JOIN message m ON m.connection_id = v.column1 AND m.external_key = v.column2",
);

/// All parts of messages.
pub(super) const PARTS: Bulk = Bulk::new(
    "SELECT p.message_id, p.part, p.delivery_id, p.status, p.status_at, p.provider_id, p.failure
    FROM (VALUES ",
    1,
    ") AS v
    JOIN message_part p ON p.message_id = v.column1
    ORDER BY p.message_id, p.part",
);

/// The message of a provider's id.
pub(super) const BY_PROVIDER_ID: Bulk = Bulk::new(
    "SELECT p.connection_id, p.provider_id, p.message_id, p.part
    FROM (VALUES ",
    2,
    ") AS v
    JOIN message_part p ON p.connection_id = v.column1 AND p.provider_id = v.column2",
);

#[derive(Debug, FromRow)]
pub(super) struct MessageRow {
    id: String,
    conversation_id: String,
    complaint_id: Option<String>,
    connection_id: String,
    identity_id: String,
    number: i64,
    direction: String,
    body_id: String,
    keyword: Option<String>,
    status: String,
    status_at: i64,
    failure: Option<String>,
    agent: Option<String>,
    client_ref: Option<String>,
    segments: Option<String>,
    expires_at: Option<i64>,
    created_at: i64,
    automatic: Option<String>,
}

impl MessageRow {
    pub(super) fn read(self) -> Result<Message, StoreError> {
        let row = self.id.as_str();
        let bad = |column| StoreError::inconsistent("message", column, row);
        let complaint = self.complaint_id.as_deref().map(ComplaintId::parse).transpose();
        Ok(Message {
            id: MessageId::parse(row).map_err(|_| bad("id"))?,
            conversation_id: ConversationId::parse(&self.conversation_id)
                .map_err(|_| bad("conversation_id"))?,
            complaint_id: complaint.map_err(|_| bad("complaint_id"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            number: self.number,
            direction: if self.direction == "in" { Direction::In } else { Direction::Out },
            body_id: BodyId::parse(&self.body_id).map_err(|_| bad("body_id"))?,
            keyword: json::read_some(self.keyword.as_deref(), "message", "keyword", row)?,
            status: MessageStatus::parse(&self.status).ok_or_else(|| bad("status"))?,
            status_at: Timestamp::from_millis(self.status_at),
            failure: json::read_some(self.failure.as_deref(), "message", "failure", row)?,
            agent: json::read_some(self.agent.as_deref(), "message", "agent", row)?,
            client_ref: self.client_ref.clone(),
            segments: json::read_some(self.segments.as_deref(), "message", "segments", row)?,
            expires_at: self.expires_at.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(self.created_at),
            automatic: self.automatic.as_deref().and_then(TextName::parse),
        })
    }
}

#[derive(Debug, FromRow)]
pub(super) struct PartRow {
    message_id: String,
    part: i64,
    delivery_id: String,
    status: String,
    status_at: i64,
    provider_id: Option<String>,
    failure: Option<String>,
}

impl PartRow {
    pub(super) fn read(self) -> Result<Part, StoreError> {
        let row = self.message_id.as_str();
        let bad = |column| StoreError::inconsistent("message_part", column, row);
        Ok(Part {
            message_id: MessageId::parse(row).map_err(|_| bad("message_id"))?,
            part: self.part,
            delivery_id: DeliveryId::parse(&self.delivery_id).map_err(|_| bad("delivery_id"))?,
            status: MessageStatus::parse(&self.status).ok_or_else(|| bad("status"))?,
            status_at: Timestamp::from_millis(self.status_at),
            provider_id: self.provider_id.clone(),
            failure: json::read_some(self.failure.as_deref(), "message_part", "failure", row)?,
        })
    }
}

/// A new message. `external_key` is the digest of the provider's id of an inbound one.
pub fn insert(message: &Message, workspace: &WorkspaceId, external_key: Option<[u8; 16]>) -> Write {
    Write {
        statement: &INSERT,
        values: values![
            &message.id,
            workspace,
            &message.conversation_id,
            message.complaint_id.as_ref(),
            &message.connection_id,
            &message.identity_id,
            message.number,
            message.direction.as_str(),
            external_key,
            &message.body_id,
            json::write_some(message.keyword.as_ref()),
            message.status.as_str(),
            message.status_at,
            json::write_some(message.failure.as_ref()),
            json::write_some(message.agent.as_ref()),
            message.client_ref.clone(),
            json::write_some(message.segments.as_ref()),
            message.expires_at,
            message.created_at,
            message.automatic.map(TextName::as_str),
        ],
    }
}

/// A new part: the bytes `text` of the message's text go out with its delivery.
pub fn insert_part(
    part: &Part,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
    text: &Range<usize>,
) -> Write {
    let offset = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
    Write {
        statement: &INSERT_PART,
        values: values![
            &part.message_id,
            part.part,
            workspace,
            connection,
            &part.delivery_id,
            offset(text.start),
            offset(text.end),
            part.status.as_str(),
            part.status_at,
        ],
    }
}

/// A message that moved.
pub fn update(message: &Message) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &message.id,
            message.status.as_str(),
            message.status_at,
            json::write_some(message.failure.as_ref()),
        ],
    }
}

/// A message that an echo brought turns out to be one of our texts.
pub fn mark_automatic(message: &MessageId, text: TextName) -> Write {
    Write { statement: &MARK_AUTOMATIC, values: values![message, text.as_str()] }
}

/// A part that moved or learned its provider's id.
pub fn update_part(part: &Part) -> Write {
    Write {
        statement: &UPDATE_PART,
        values: values![
            &part.message_id,
            part.part,
            part.status.as_str(),
            part.status_at,
            part.provider_id.clone(),
            json::write_some(part.failure.as_ref()),
        ],
    }
}

/// A part that another delivery carries now.
pub fn move_part(part: &Part) -> Write {
    Write { statement: &MOVE_PART, values: values![&part.message_id, part.part, &part.delivery_id] }
}
