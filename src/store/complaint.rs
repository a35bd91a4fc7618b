//! Complaints and their posts.

use sqlx::FromRow;

use super::engine::{Bulk, locked};
use super::error::StoreError;
use super::identity::OWNED;
use super::value::values;
use super::write::{Guard, Statement, Write};
use super::{handoff, json};
use crate::domain::channel::Channel;
use crate::domain::complaint::{Author, Complaint, ComplaintStatus, Post};
use crate::domain::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, IdentityId, PostId, WorkspaceId,
};
use crate::domain::message::MessageStatus;
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement {
    rank: 16,
    bulk: Bulk {
        head: "INSERT INTO complaint (id, workspace_id, connection_id, identity_id, thread_key, channel, status, body_id,
        posted_at, first_reply_at, assignee, tags, conversation_id, event_seq, version, created_at, updated_at)
    SELECT v.* FROM (VALUES ",
        width: 17,
        tail: OWNED,
    },
    guard: Guard::Every,
};

static UPDATE: Statement = Statement::update(
    17,
    "UPDATE complaint SET status = v.column3, first_reply_at = v.column4, assignee = v.column5, tags = v.column6,
        conversation_id = v.column7, event_seq = v.column8, deleted_at = v.column9, body_id = v.column11,
        handoff_id = v.column12, handoff_state = v.column13, version = version + 1, updated_at = v.column10
    FROM (VALUES ",
    13,
    ") AS v WHERE complaint.id = v.column1 AND complaint.version = v.column2",
);

static INSERT_POST: Statement = Statement::insert(
    18,
    "INSERT INTO post (id, workspace_id, complaint_id, identity_id, connection_id, author, external_key, body_id,
        agent, status, delivery_id, at, created_at) VALUES ",
    13,
);

static UPDATE_POST: Statement = Statement::update(
    19,
    "UPDATE post SET body_id = v.column2, status = v.column3, failure = v.column4, edited_at = v.column5,
        deleted_at = v.column6, external_key = COALESCE(v.column7, post.external_key), delivery_id = v.column8,
        hidden_at = v.column9
    FROM (VALUES ",
    9,
    ") AS v WHERE post.id = v.column1",
);

macro_rules! complaint_columns {
    () => {
        "c.id, c.workspace_id, c.connection_id, c.identity_id, c.thread_key, c.channel, c.status, c.body_id,
        c.posted_at, c.first_reply_at, c.assignee, c.tags, c.conversation_id, c.handoff_id, c.handoff_state,
        c.event_seq, c.version, c.created_at, c.deleted_at"
    };
}
pub(super) use complaint_columns;

/// By thread and author, locked.
pub(super) const LOCK_BY_THREAD: Bulk = Bulk {
    head: concat!("SELECT ", complaint_columns!(), " FROM (VALUES "),
    width: 4,
    tail: locked!(
        ") AS v
    JOIN complaint c ON c.workspace_id = v.column1 AND c.connection_id = v.column2 AND c.thread_key = v.column3
        AND c.identity_id = v.column4
    ORDER BY c.id",
        of "c"
    ),
};

/// By id, locked.
pub(super) const LOCK_BY_ID: Bulk = Bulk {
    head: concat!("SELECT ", complaint_columns!(), " FROM (VALUES "),
    width: 1,
    tail: locked!(
        ") AS v
    JOIN complaint c ON c.id = v.column1
    ORDER BY c.id",
        of "c"
    ),
};

/// The complaint a platform's post belongs to.
pub(super) const BY_POST: Bulk = Bulk::new(
    "SELECT p.connection_id, p.external_key, p.id, p.complaint_id, p.identity_id
    FROM (VALUES ",
    2,
    ") AS v
    JOIN post p ON p.connection_id = v.column1 AND p.external_key = v.column2",
);

/// All posts of complaints, in order.
pub(super) const POSTS: Bulk = Bulk::new(
    "SELECT p.id, p.complaint_id, p.identity_id, p.connection_id, p.author, p.body_id, p.agent, p.status, p.failure,
        p.delivery_id, p.at, p.edited_at, p.hidden_at, p.deleted_at
    FROM (VALUES ",
    1,
    ") AS v
    JOIN post p ON p.complaint_id = v.column1
    ORDER BY p.complaint_id, p.id",
);

#[derive(Debug, FromRow)]
pub(super) struct ComplaintRow {
    pub(super) id: String,
    workspace_id: String,
    connection_id: String,
    identity_id: String,
    pub(super) thread_key: Vec<u8>,
    channel: String,
    status: String,
    body_id: String,
    posted_at: i64,
    first_reply_at: Option<i64>,
    assignee: Option<String>,
    tags: String,
    conversation_id: Option<String>,
    handoff_id: Option<String>,
    handoff_state: Option<String>,
    event_seq: i64,
    version: i64,
    created_at: i64,
    deleted_at: Option<i64>,
}

fn status(word: &str) -> Option<ComplaintStatus> {
    use ComplaintStatus::{Ignored, Open, Private, Resolved, Waiting};
    [Open, Waiting, Private, Resolved, Ignored].into_iter().find(|status| status.as_str() == word)
}

impl ComplaintRow {
    pub(super) fn read(self) -> Result<Complaint, StoreError> {
        let row = self.id.as_str();
        let bad = |column| StoreError::inconsistent("complaint", column, row);
        let conversation = self.conversation_id.as_deref().map(ConversationId::parse).transpose();
        Ok(Complaint {
            id: ComplaintId::parse(row).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            status: status(&self.status).ok_or_else(|| bad("status"))?,
            body_id: BodyId::parse(&self.body_id).map_err(|_| bad("body_id"))?,
            posted_at: Timestamp::from_millis(self.posted_at),
            first_reply_at: self.first_reply_at.map(Timestamp::from_millis),
            assignee: self.assignee.clone(),
            tags: json::read(&self.tags, "complaint", "tags", row)?,
            conversation_id: conversation.map_err(|_| bad("conversation_id"))?,
            handoff: handoff::in_short(self.handoff_id.as_deref(), self.handoff_state.as_deref())
                .map_err(|()| bad("handoff_id"))?,
            event_seq: self.event_seq,
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
            deleted_at: self.deleted_at.map(Timestamp::from_millis),
        })
    }
}

#[derive(Debug, FromRow)]
pub(super) struct PostRow {
    id: String,
    complaint_id: String,
    identity_id: String,
    connection_id: String,
    author: String,
    body_id: String,
    agent: Option<String>,
    status: Option<String>,
    failure: Option<String>,
    delivery_id: Option<String>,
    at: i64,
    edited_at: Option<i64>,
    hidden_at: Option<i64>,
    deleted_at: Option<i64>,
}

impl PostRow {
    pub(super) fn read(self) -> Result<Post, StoreError> {
        let row = self.id.as_str();
        let bad = |column| StoreError::inconsistent("post", column, row);
        let delivery = self.delivery_id.as_deref().map(DeliveryId::parse).transpose();
        Ok(Post {
            id: PostId::parse(row).map_err(|_| bad("id"))?,
            complaint_id: ComplaintId::parse(&self.complaint_id).map_err(|_| bad("complaint_id"))?,
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            by: if self.author == "brand" { Author::Brand } else { Author::Customer },
            body_id: BodyId::parse(&self.body_id).map_err(|_| bad("body_id"))?,
            agent: json::read_some(self.agent.as_deref(), "post", "agent", row)?,
            status: self.status.as_deref().and_then(MessageStatus::parse),
            failure: json::read_some(self.failure.as_deref(), "post", "failure", row)?,
            delivery_id: delivery.map_err(|_| bad("delivery_id"))?,
            at: Timestamp::from_millis(self.at),
            edited_at: self.edited_at.map(Timestamp::from_millis),
            hidden_at: self.hidden_at.map(Timestamp::from_millis),
            deleted_at: self.deleted_at.map(Timestamp::from_millis),
        })
    }
}

/// A new complaint in the thread of that key.
pub fn insert(complaint: &Complaint, thread_key: [u8; 16], now: Timestamp) -> Write {
    Write {
        statement: &INSERT,
        values: values![
            &complaint.id,
            &complaint.workspace_id,
            &complaint.connection_id,
            &complaint.identity_id,
            thread_key,
            &complaint.channel,
            complaint.status.as_str(),
            &complaint.body_id,
            complaint.posted_at,
            complaint.first_reply_at,
            complaint.assignee.clone(),
            json::write(&complaint.tags),
            complaint.conversation_id.as_ref(),
            complaint.event_seq,
            complaint.version,
            complaint.created_at,
            now,
        ],
    }
}

/// The changed state of a complaint read at version `read`.
pub fn update(complaint: &Complaint, read: i64, now: Timestamp) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &complaint.id,
            read,
            complaint.status.as_str(),
            complaint.first_reply_at,
            complaint.assignee.clone(),
            json::write(&complaint.tags),
            complaint.conversation_id.as_ref(),
            complaint.event_seq,
            complaint.deleted_at,
            now,
            &complaint.body_id,
            complaint.handoff.as_ref().map(|handoff| &handoff.id),
            complaint.handoff.as_ref().map(|handoff| handoff.state.as_str()),
        ],
    }
}

/// A new post. `external_key` is the keyed index of the platform's id, once known.
pub fn insert_post(
    post: &Post,
    workspace: &WorkspaceId,
    external_key: Option<[u8; 16]>,
    now: Timestamp,
) -> Write {
    Write {
        statement: &INSERT_POST,
        values: values![
            &post.id,
            workspace,
            &post.complaint_id,
            &post.identity_id,
            &post.connection_id,
            post.by.as_str(),
            external_key,
            &post.body_id,
            json::write_some(post.agent.as_ref()),
            post.status.map(MessageStatus::as_str),
            post.delivery_id.as_ref(),
            post.at,
            now,
        ],
    }
}

/// A changed post; `external_key` is set when the platform's id has just become known.
pub fn update_post(post: &Post, external_key: Option<[u8; 16]>) -> Write {
    Write {
        statement: &UPDATE_POST,
        values: values![
            &post.id,
            &post.body_id,
            post.status.map(MessageStatus::as_str),
            json::write_some(post.failure.as_ref()),
            post.edited_at,
            post.deleted_at,
            external_key,
            post.delivery_id.as_ref(),
            post.hidden_at,
        ],
    }
}
