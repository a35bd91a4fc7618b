//! A complaint: a public thread by one identity, its posts and our public replies.

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::Channel;
use super::failure::Failure;
use super::handoff::InShort;
use super::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, IdentityId, PostId, WorkspaceId,
};
use super::message::MessageStatus;
use super::time::Timestamp;

/// Where the desk stands with a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComplaintStatus {
    /// The brand owes an answer.
    Open,
    /// The brand has answered; the customer has not come back.
    Waiting,
    /// It goes on in private.
    Private,
    /// Done.
    Resolved,
    /// Not worked on.
    Ignored,
}

impl ComplaintStatus {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Private => "private",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
        }
    }
}

/// A public thread by one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: ComplaintId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// Our account that was addressed.
    pub connection_id: ConnectionId,
    /// Who complains.
    pub identity_id: IdentityId,
    /// The medium.
    pub channel: Channel,
    /// Where the desk stands.
    pub status: ComplaintStatus,
    /// Where the first post's text stands.
    pub body_id: BodyId,
    /// When the first post was written, by the platform's clock where it told.
    pub posted_at: Timestamp,
    /// When the brand first answered in public.
    pub first_reply_at: Option<Timestamp>,
    /// Who at the desk has it.
    pub assignee: Option<String>,
    /// The desk's own labels.
    pub tags: Vec<String>,
    /// The newest handoff to a private channel.
    pub handoff: Option<InShort>,
    /// The private thread it went on in.
    pub conversation_id: Option<ConversationId>,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its last living post was taken away by its author.
    pub deleted_at: Option<Timestamp>,
}

impl Complaint {
    /// The customer wrote again: whatever was thought done is open, unless it goes on in private.
    pub fn speak(&mut self) {
        if self.status != ComplaintStatus::Private {
            self.status = ComplaintStatus::Open;
        }
        self.deleted_at = None;
    }

    /// The brand's answer went out: the clock of the first reply stops.
    pub fn answered(&mut self, at: Timestamp) {
        self.first_reply_at.get_or_insert(at);
        if self.status == ComplaintStatus::Open {
            self.status = ComplaintStatus::Waiting;
        }
    }
}

/// Whose post it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer's.
    Customer,
    /// Ours.
    Brand,
}

impl Author {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Brand => "brand",
        }
    }
}

/// One public post of a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// The complaint.
    pub complaint_id: ComplaintId,
    /// The complaining customer: whose data the post is about.
    pub identity_id: IdentityId,
    /// The account it stands under.
    pub connection_id: ConnectionId,
    /// Whose it is.
    pub by: Author,
    /// Where its present text stands; an edit is a new body.
    pub body_id: BodyId,
    /// Who at the brand wrote it.
    pub agent: Option<Agent>,
    /// How far a post of ours got.
    pub status: Option<MessageStatus>,
    /// Why a post of ours failed.
    pub failure: Option<Failure>,
    /// The delivery that carries a post of ours.
    pub delivery_id: Option<DeliveryId>,
    /// When it was written.
    pub at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// When the platform stopped showing it to everybody, while it does not.
    pub hidden_at: Option<Timestamp>,
    /// When it was taken away.
    pub deleted_at: Option<Timestamp>,
}

impl Post {
    /// Moves a post of ours forward, never back; `true` when it moved.
    pub fn report(&mut self, status: MessageStatus, failure: Option<&Failure>) -> bool {
        if Some(status) <= self.status {
            return false;
        }
        self.status = Some(status);
        self.failure = failure.cloned();
        true
    }
}
