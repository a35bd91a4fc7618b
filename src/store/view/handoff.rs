//! A handoff as it is shown.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::Resource;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::handoff::{Choice, Handoff, HandoffState, Impossible, Path};
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, HandoffId, IdentityId, LinkId};
use crate::domain::time::Timestamp;

/// The way of a complaint to a private conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Handoff)]
pub struct HandoffView {
    /// The handoff.
    pub id: HandoffId,
    /// Where it stands.
    pub state: HandoffState,
    /// The way.
    pub path: Path,
    /// The private channel it leads to.
    pub channel: Channel,
    /// Our account there.
    pub connection_id: ConnectionId,
    /// The complaint.
    pub complaint_id: ComplaintId,
    /// The handoff it goes on from.
    pub parent_id: Option<HandoffId>,
    /// The account that complains.
    pub identity_id: IdentityId,
    /// Where that account writes to us in private.
    pub dm_conversation_id: Option<ConversationId>,
    /// Who proved to be the same person on the private channel.
    pub target_identity_id: Option<IdentityId>,
    /// The private conversation it leads to.
    pub conversation_id: Option<ConversationId>,
    /// What ties the two sides.
    pub link_id: Option<LinkId>,
    /// What the customer may name the case by; no secret.
    #[schema(example = "7F3K")]
    pub case_ref: String,
    /// ISO 639-1 code of the language it is held in.
    #[schema(example = "en")]
    pub language: String,
    /// Who at the brand invited.
    pub agent: Option<Agent>,
    /// When the present state runs out.
    pub expires_at: Option<Timestamp>,
    /// When the customer was invited.
    pub created_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Grows with every change.
    #[schema(example = 3)]
    pub version: i64,
}

/// A handoff with the ways that were not open, as its offer answers it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfferedHandoff {
    /// The handoff.
    #[serde(flatten)]
    pub handoff: HandoffView,
    /// What the customer is asked in public or has to be told: for ways on which the service cannot say it itself.
    pub invitation: Option<String>,
    /// Which other ways there were, and why not.
    pub not_possible: Vec<Impossible>,
}

/// Why no handoff is offered now, whichever way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotOffered {
    /// Stable for programs: `handoff_live`, `refused` or `already_invited`.
    #[schema(example = "already_invited")]
    pub code: String,
    /// What it means.
    pub detail: String,
}

/// The ways a complaint can go to a private channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaysView {
    /// Those that are open, the one that is taken by itself first.
    pub possible: Vec<Choice>,
    /// The others, and why not.
    pub not_possible: Vec<Impossible>,
    /// Why an offer would be refused all the same; null where it would not.
    pub not_offered: Option<NotOffered>,
}

/// One transition of a handoff.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    /// Where it led.
    pub state: HandoffState,
    /// Why, as a word.
    #[schema(example = "token_texted")]
    pub cause: String,
    /// When.
    pub at: Timestamp,
}

/// A handoff with the way it went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandoffTimeline {
    /// The handoff.
    #[serde(flatten)]
    pub handoff: HandoffView,
    /// Its transitions, oldest first.
    pub timeline: Vec<StepView>,
}

impl HandoffView {
    /// As it is shown.
    #[must_use]
    pub fn of(handoff: &Handoff) -> Self {
        let h = handoff.clone();
        Self {
            id: h.id,
            state: h.state,
            path: h.path,
            channel: h.channel,
            connection_id: h.connection_id,
            complaint_id: h.complaint_id,
            parent_id: h.parent_id,
            identity_id: h.identity_id,
            dm_conversation_id: h.dm_conversation_id,
            target_identity_id: h.target_id,
            conversation_id: h.conversation_id,
            link_id: h.link_id,
            case_ref: h.case_ref,
            language: h.language,
            agent: h.agent,
            expires_at: h.expires_at,
            created_at: h.created_at,
            ended_at: h.ended_at,
            version: h.version,
        }
    }
}

/// A handoff as a resource.
#[must_use]
pub fn handoff(handoff: &Handoff) -> Resource {
    Resource::of(&HandoffView::of(handoff), Vec::new())
}

/// A handoff as a resource, with why it came where it is.
#[must_use]
pub fn handoff_step(handoff: &Handoff, cause: &str) -> Resource {
    let mut resource = self::handoff(handoff);
    resource.data["cause"] = json!(cause);
    resource
}
