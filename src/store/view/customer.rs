//! A customer and its identities as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill, LinkView, Resource};
use crate::domain::channel::Channel;
use crate::domain::complaint::ComplaintStatus;
use crate::domain::conversation::ConversationStatus;
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, CustomerId, IdentityId};
use crate::domain::link::{Level, LinkMethod};
use crate::domain::time::Timestamp;
use crate::store::identity::KnownIdentity;

/// A customer on a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub struct IdentityFullView {
    /// The identity.
    id: IdentityId,
    /// The customer it belongs to now.
    customer_id: CustomerId,
    /// What kind of id the platform gives, e.g. `phone`.
    #[schema(example = "phone")]
    namespace: String,
    /// The platform's own id: a number in E.164, a user id; null once erased.
    #[schema(example = "+12025550143")]
    external_id: Option<String>,
    /// How a number may be named where others can read it; null for other ids.
    #[schema(example = "number ending 43")]
    masked: Option<String>,
    /// The handle without its `@`.
    #[schema(example = "ana")]
    handle: Option<String>,
    /// The display name.
    #[schema(example = "Ana")]
    name: Option<String>,
    /// When it was first met.
    created_at: Timestamp,
    /// When it was erased.
    erased_at: Option<Timestamp>,
    /// Set when personal data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
}

/// An identity as a resource of its own.
#[must_use]
pub fn identity(known: &KnownIdentity, created_at: Timestamp) -> Resource {
    let identity = &known.identity;
    let number = identity.namespace.is_of_numbers().then_some(known.external_id.as_str());
    let view = IdentityFullView {
        id: identity.id.clone(),
        customer_id: identity.customer_id.clone(),
        namespace: identity.namespace.as_str().to_owned(),
        external_id: Some(known.external_id.clone()).filter(|_| identity.erased_at.is_none()),
        masked: number.and_then(|number| number.get(number.len().checked_sub(2)?..)).map(masked),
        handle: None,
        name: None,
        created_at,
        erased_at: identity.erased_at,
        erased: identity.erased_at.map(|_| true),
    };
    let profile = identity.profile_body_id.clone();
    let place = |body| BodyRef { at: String::new(), body, fill: Fill::Profile };
    Resource::of(&view, profile.map(place).into_iter().collect())
}

fn masked(last: &str) -> String {
    format!("number ending {last}")
}

/// Two identities that may be one customer. Linking them accepts it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The two.
    pub identity_ids: [IdentityId; 2],
    /// Why.
    pub method: LinkMethod,
    /// What linking them would show.
    pub level: Level,
}

/// A complaint, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComplaintShort {
    /// The complaint.
    pub id: ComplaintId,
    /// Who complains.
    pub identity_id: IdentityId,
    /// Where the desk stands with it.
    pub status: ComplaintStatus,
    /// The medium.
    pub channel: Channel,
    /// Our account.
    pub connection_id: ConnectionId,
    /// When the first post was written.
    pub posted_at: Timestamp,
}

/// A conversation, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationShort {
    /// The conversation.
    pub id: ConversationId,
    /// The customer's side.
    pub identity_id: IdentityId,
    /// Open or closed.
    pub status: ConversationStatus,
    /// The medium.
    pub channel: Channel,
    /// Our account.
    pub connection_id: ConnectionId,
    /// When the newest message was stored.
    pub last_message_at: Option<Timestamp>,
}

/// The identities joined by live links, and what there is of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerView {
    /// The customer that stands for all of them now.
    pub id: CustomerId,
    /// The id that was asked for, where another customer stands for it now.
    pub resolved_from: Option<CustomerId>,
    /// Its identities, the oldest first.
    #[schema(value_type = Vec<IdentityFullView>)]
    pub identities: Vec<serde_json::Value>,
    /// Its links that have not ended; also those that do not join.
    #[schema(value_type = Vec<LinkView>)]
    pub links: Vec<serde_json::Value>,
    /// Who else may be the same person.
    pub suggestions: Vec<Suggestion>,
    /// Its newest complaints, at most 50.
    pub complaints: Vec<ComplaintShort>,
    /// Its newest conversations, at most 50.
    pub conversations: Vec<ConversationShort>,
}
