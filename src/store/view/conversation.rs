//! A private thread as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ComplaintView, ConsentView, HandoffTimeline, IdentityView, Resource};
use crate::domain::channel::Channel;
use crate::domain::consent::{ConsentState, Purpose};
use crate::domain::conversation::{Conversation, ConversationStatus, Hold};
use crate::domain::handoff::InShort;
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, CustomerId};
use crate::domain::identity::Identity;
use crate::domain::time::Timestamp;

/// Where the consent to go on in private stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsentInShort {
    /// What for.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: ConsentState,
}

/// A private thread between a customer and the desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationView {
    /// The conversation.
    pub id: ConversationId,
    /// Open or closed; a new text from the customer opens it again.
    pub status: ConversationStatus,
    /// The medium.
    pub channel: Channel,
    /// Our account.
    pub connection_id: ConnectionId,
    /// The customer's side.
    pub identity: IdentityView,
    /// The customer the identity belongs to now.
    pub customer_id: CustomerId,
    /// The complaints it goes on from.
    pub complaint_ids: Vec<ComplaintId>,
    /// The newest handoff that led here; null when the customer wrote first.
    pub handoff: Option<InShort>,
    /// Where the customer's consent stands; null while nothing was asked.
    pub consent: Option<ConsentInShort>,
    /// Why nothing may be sent here; null when nothing speaks against it.
    pub hold: Option<Hold>,
    /// Since when the platform says that the customer takes no messages here, or is gone; null when it does not. Their
    /// next message ends it.
    pub unreachable_since: Option<Timestamp>,
    /// Who at the desk has it.
    #[schema(example = "ada")]
    pub assignee: Option<String>,
    /// When the newest message was stored.
    pub last_message_at: Option<Timestamp>,
    /// Messages of the customer that nobody has answered.
    #[schema(example = 2)]
    pub unread: i64,
    /// Grows with every change; the `ETag`.
    #[schema(example = 7)]
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
}

/// A conversation with all that led to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WholeConversation {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: ConversationView,
    /// The complaints it goes on from, with their public threads.
    pub complaints: Vec<ComplaintView>,
    /// The handoffs to it or from it, newest first, with the ways they went.
    pub handoffs: Vec<HandoffTimeline>,
    /// What the customer agreed to on this channel, newest first.
    pub consents: Vec<ConsentView>,
}

/// A conversation as a resource.
#[must_use]
pub fn conversation(
    conversation: &Conversation,
    identity: &Identity,
    complaint_ids: &[ComplaintId],
) -> Resource {
    let view = ConversationView {
        id: conversation.id.clone(),
        status: conversation.status,
        channel: conversation.channel.clone(),
        connection_id: conversation.connection_id.clone(),
        identity: IdentityView::of(identity),
        customer_id: identity.customer_id.clone(),
        complaint_ids: complaint_ids.to_vec(),
        handoff: conversation.handoff.clone(),
        consent: conversation.consent.map(|state| ConsentInShort { purpose: Purpose::HandoffRelay, state }),
        hold: conversation.hold,
        unreachable_since: conversation.unreachable_since,
        assignee: conversation.assignee.clone(),
        last_message_at: conversation.last_message_at,
        unread: conversation.unread,
        version: conversation.version,
        created_at: conversation.created_at,
    };
    Resource::of(&view, IdentityView::profile_ref(identity).into_iter().collect())
}
