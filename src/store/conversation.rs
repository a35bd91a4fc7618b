//! Conversations: reading for a decision, writing what was decided.

use sqlx::FromRow;

use super::engine::{Bulk, locked};
use super::error::StoreError;
use super::handoff;
use super::identity::OWNED;
use super::value::values;
use super::write::{Guard, Statement, Write};
use crate::domain::channel::Channel;
use crate::domain::consent::ConsentState;
use crate::domain::conversation::{Conversation, ConversationStatus, Hold};
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement {
    rank: 20,
    bulk: Bulk {
        head: "INSERT INTO conversation (id, workspace_id, connection_id, identity_id, channel, status, assignee, messages,
        unread, last_message_at, last_inbound_at, event_seq, version, created_at, updated_at, handoff_id,
        handoff_state, consent_state, hold, complaint_id, unreachable_since)
    SELECT v.* FROM (VALUES ",
        width: 21,
        tail: OWNED,
    },
    guard: Guard::Every,
};

static UPDATE: Statement = Statement::update(
    21,
    "UPDATE conversation SET status = v.column3, assignee = v.column4, messages = v.column5, unread = v.column6,
        last_message_at = v.column7, last_inbound_at = v.column8, event_seq = v.column9,
        version = version + 1, updated_at = v.column10, handoff_id = v.column11, handoff_state = v.column12,
        consent_state = v.column13, hold = v.column14, complaint_id = v.column15,
        unreachable_since = v.column16
    FROM (VALUES ",
    16,
    ") AS v WHERE conversation.id = v.column1 AND conversation.version = v.column2",
);

/// The columns of [`ConversationRow`], of a table called `c`.
macro_rules! conversation_columns {
    () => {
        "c.id, c.workspace_id, c.connection_id, c.identity_id, c.channel, c.status, c.assignee, c.messages,
        c.unread, c.last_message_at, c.last_inbound_at, c.handoff_id, c.handoff_state, c.consent_state, c.hold,
        c.unreachable_since, c.complaint_id, c.event_seq, c.version, c.created_at"
    };
}
pub(super) use conversation_columns;

/// By identity and connection, locked.
pub(super) const LOCK_BY_IDENTITY: Bulk = Bulk {
    head: concat!("SELECT ", conversation_columns!(), " FROM (VALUES "),
    width: 2,
    tail: locked!(
        ") AS v
    JOIN conversation c ON c.identity_id = v.column1 AND c.connection_id = v.column2
    ORDER BY c.id",
        of "c"
    ),
};

/// By id, locked.
pub(super) const LOCK_BY_ID: Bulk = Bulk {
    head: concat!("SELECT ", conversation_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN conversation c ON c.id = v.column1
    ORDER BY c.id",
        of "c"
    ),
};

/// All of identities, locked.
pub(super) const LOCK_OF_IDENTITY: Bulk = Bulk {
    head: concat!("SELECT ", conversation_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN conversation c ON c.identity_id = v.column1
    ORDER BY c.id",
        of "c"
    ),
};

#[derive(Debug, FromRow)]
pub(super) struct ConversationRow {
    pub(super) id: String,
    workspace_id: String,
    connection_id: String,
    identity_id: String,
    channel: String,
    status: String,
    assignee: Option<String>,
    messages: i64,
    unread: i64,
    last_message_at: Option<i64>,
    last_inbound_at: Option<i64>,
    handoff_id: Option<String>,
    handoff_state: Option<String>,
    consent_state: Option<String>,
    hold: Option<String>,
    unreachable_since: Option<i64>,
    complaint_id: Option<String>,
    event_seq: i64,
    version: i64,
    created_at: i64,
}

impl ConversationRow {
    pub(super) fn read(self) -> Result<Conversation, StoreError> {
        let bad = |column| StoreError::inconsistent("conversation", column, &self.id);
        Ok(Conversation {
            id: ConversationId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            status: match self.status.as_str() {
                "open" => ConversationStatus::Open,
                "closed" => ConversationStatus::Closed,
                _ => return Err(bad("status")),
            },
            assignee: self.assignee.clone(),
            messages: self.messages,
            unread: self.unread,
            last_message_at: self.last_message_at.map(Timestamp::from_millis),
            last_inbound_at: self.last_inbound_at.map(Timestamp::from_millis),
            handoff: handoff::in_short(self.handoff_id.as_deref(), self.handoff_state.as_deref())
                .map_err(|()| bad("handoff_id"))?,
            consent: word(self.consent_state.as_deref(), ConsentState::parse)
                .ok_or_else(|| bad("consent_state"))?,
            hold: word(self.hold.as_deref(), Hold::parse).ok_or_else(|| bad("hold"))?,
            unreachable_since: self.unreachable_since.map(Timestamp::from_millis),
            complaint_id: self
                .complaint_id
                .as_deref()
                .map(ComplaintId::parse)
                .transpose()
                .map_err(|_| bad("complaint_id"))?,
            event_seq: self.event_seq,
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// What a word stands for, or NULL; nothing where it stands for nothing.
fn word<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    text.map_or(Some(None), |text| parse(text).map(Some))
}

/// A new conversation; its version is what it was made with.
pub fn insert(conversation: &Conversation, now: Timestamp) -> Write {
    Write {
        statement: &INSERT,
        values: values![
            &conversation.id,
            &conversation.workspace_id,
            &conversation.connection_id,
            &conversation.identity_id,
            &conversation.channel,
            conversation.status.as_str(),
            conversation.assignee.clone(),
            conversation.messages,
            conversation.unread,
            conversation.last_message_at,
            conversation.last_inbound_at,
            conversation.event_seq,
            conversation.version,
            conversation.created_at,
            now,
            conversation.handoff.as_ref().map(|handoff| &handoff.id),
            conversation.handoff.as_ref().map(|handoff| handoff.state.as_str()),
            conversation.consent.map(ConsentState::as_str),
            conversation.hold.map(Hold::as_str),
            conversation.complaint_id.as_ref(),
            conversation.unreachable_since,
        ],
    }
}

/// The changed state of a conversation read at version `read`.
pub fn update(conversation: &Conversation, read: i64, now: Timestamp) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &conversation.id,
            read,
            conversation.status.as_str(),
            conversation.assignee.clone(),
            conversation.messages,
            conversation.unread,
            conversation.last_message_at,
            conversation.last_inbound_at,
            conversation.event_seq,
            now,
            conversation.handoff.as_ref().map(|handoff| &handoff.id),
            conversation.handoff.as_ref().map(|handoff| handoff.state.as_str()),
            conversation.consent.map(ConsentState::as_str),
            conversation.hold.map(Hold::as_str),
            conversation.complaint_id.as_ref(),
            conversation.unreachable_since,
        ],
    }
}
