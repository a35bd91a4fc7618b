//! A private message as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill, Resource};
use crate::domain::agent::Agent;
use crate::domain::failure::Failure;
use crate::domain::id::{ComplaintId, ConversationId, MessageId};
use crate::domain::inbound::Media;
use crate::domain::keyword::Keyword;
use crate::domain::message::{Direction, Message, MessageStatus};
use crate::domain::segments::Segments;
use crate::domain::texts::TextName;
use crate::domain::time::Timestamp;

/// A private message.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// The complaint it is about, when known.
    pub complaint_id: Option<ComplaintId>,
    /// `in` from the customer, `out` to the customer.
    pub direction: Direction,
    /// The whole text, with the agent's initials at its end; null once erased.
    #[schema(example = "My card was charged twice")]
    pub text: Option<String>,
    /// Attachments, where the platform keeps them.
    pub media: Vec<Media>,
    /// Which text of the service it is, where no person wrote it. A secret in it is shown as `…`.
    pub automatic: Option<TextName>,
    /// Who at the brand wrote it.
    pub agent: Option<Agent>,
    /// `stop`, `start` or `help` when the whole text is such a keyword.
    pub keyword: Option<Keyword>,
    /// How far it got; it only moves forward.
    pub status: MessageStatus,
    /// Since when.
    pub status_at: Timestamp,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The caller's own reference.
    #[schema(example = "ticket-4711")]
    pub client_ref: Option<String>,
    /// How many segments a carrier counts; null on channels without segments.
    pub segments: Option<Segments>,
    /// It is not sent any more after this.
    pub expires_at: Option<Timestamp>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// Set when the text was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<bool>,
}

/// A message as a resource.
#[must_use]
pub fn message(message: &Message) -> Resource {
    let view = MessageView {
        id: message.id.clone(),
        conversation_id: message.conversation_id.clone(),
        complaint_id: message.complaint_id.clone(),
        direction: message.direction,
        text: None,
        media: Vec::new(),
        automatic: message.automatic,
        agent: message.agent.clone(),
        keyword: message.keyword,
        status: message.status,
        status_at: message.status_at,
        failure: message.failure.clone(),
        client_ref: message.client_ref.clone(),
        segments: message.segments,
        expires_at: message.expires_at,
        created_at: message.created_at,
        erased: None,
    };
    let text = BodyRef { at: String::new(), body: message.body_id.clone(), fill: Fill::Message };
    Resource::of(&view, vec![text])
}
