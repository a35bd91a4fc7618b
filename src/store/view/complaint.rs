//! A public thread and its posts as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill, IdentityView, Resource};
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::complaint::{Author, Complaint, ComplaintStatus, Post};
use crate::domain::failure::Failure;
use crate::domain::handoff::InShort;
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, CustomerId, PostId};
use crate::domain::identity::Identity;
use crate::domain::message::MessageStatus;
use crate::domain::time::Timestamp;

/// One public post of a complaint.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub struct PostView {
    /// The post.
    pub id: PostId,
    /// Whose it is.
    pub by: Author,
    /// Its present text; null once erased.
    #[schema(example = "My card was charged twice")]
    pub text: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was hidden on the platform, where it is: only its author and their friends see it there.
    pub hidden_at: Option<Timestamp>,
    /// When it was taken away.
    pub deleted_at: Option<Timestamp>,
    /// Who at the brand wrote it.
    pub agent: Option<Agent>,
    /// How far a post of ours got.
    pub status: Option<MessageStatus>,
    /// Why a post of ours failed.
    pub failure: Option<Failure>,
    /// Set when the text was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<bool>,
}

impl PostView {
    fn of(post: &Post) -> Self {
        Self {
            id: post.id.clone(),
            by: post.by,
            text: None,
            at: post.at,
            edited_at: post.edited_at,
            hidden_at: post.hidden_at,
            deleted_at: post.deleted_at,
            agent: post.agent.clone(),
            status: post.status,
            failure: post.failure.clone(),
            erased: None,
        }
    }
}

/// A post as a resource.
#[must_use]
pub fn post(post: &Post) -> Resource {
    let text = BodyRef { at: String::new(), body: post.body_id.clone(), fill: Fill::Post };
    Resource::of(&PostView::of(post), vec![text])
}

/// A public thread by one identity.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Complaint)]
pub struct ComplaintView {
    /// The complaint.
    pub id: ComplaintId,
    /// Where the desk stands with it.
    pub status: ComplaintStatus,
    /// The medium.
    pub channel: Channel,
    /// Our account that was addressed.
    pub connection_id: ConnectionId,
    /// Who complains.
    pub identity: IdentityView,
    /// The customer the identity belongs to now.
    pub customer_id: CustomerId,
    /// The first post's text; null once erased.
    #[schema(example = "My card was charged twice")]
    pub text: Option<String>,
    /// Where people can see it.
    #[schema(example = "https://example.com/posts/1")]
    pub permalink: Option<String>,
    /// ISO 639-1 code of the language it is written in: by the platform's word, else detected; null when too short
    /// to tell.
    #[schema(example = "es")]
    pub language: Option<String>,
    /// When the first post was written.
    pub posted_at: Timestamp,
    /// When the brand first answered in public.
    pub first_reply_at: Option<Timestamp>,
    /// The thread: the customer's posts and ours.
    pub posts: Vec<PostView>,
    /// The handoff to a private channel; null before one is offered.
    pub handoff: Option<InShort>,
    /// The private thread it went on in.
    pub conversation_id: Option<ConversationId>,
    /// Who at the desk has it.
    #[schema(example = "ada")]
    pub assignee: Option<String>,
    /// The desk's own labels.
    pub tags: Vec<String>,
    /// Grows with every change; the `ETag`.
    #[schema(example = 3)]
    pub version: i64,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its author took the last post away.
    pub deleted_at: Option<Timestamp>,
    /// Set when the text was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<bool>,
}

/// A complaint as a resource, with its thread.
#[must_use]
pub fn complaint(complaint: &Complaint, identity: &Identity, posts: &[Post]) -> Resource {
    let view = ComplaintView {
        id: complaint.id.clone(),
        status: complaint.status,
        channel: complaint.channel.clone(),
        connection_id: complaint.connection_id.clone(),
        identity: IdentityView::of(identity),
        customer_id: identity.customer_id.clone(),
        text: None,
        permalink: None,
        language: None,
        posted_at: complaint.posted_at,
        first_reply_at: complaint.first_reply_at,
        posts: posts.iter().map(PostView::of).collect(),
        handoff: complaint.handoff.clone(),
        conversation_id: complaint.conversation_id.clone(),
        assignee: complaint.assignee.clone(),
        tags: complaint.tags.clone(),
        version: complaint.version,
        created_at: complaint.created_at,
        deleted_at: complaint.deleted_at,
        erased: None,
    };
    let mut refs =
        vec![BodyRef { at: String::new(), body: complaint.body_id.clone(), fill: Fill::Complaint }];
    refs.extend(IdentityView::profile_ref(identity));
    refs.extend(posts.iter().enumerate().map(|(at, post)| BodyRef {
        at: format!("/posts/{at}"),
        body: post.body_id.clone(),
        fill: Fill::Post,
    }));
    Resource::of(&view, refs)
}
