//! What commands take, as the API's bodies say it.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::complaint::ComplaintStatus;
use crate::domain::consent::{Method, Notice, Purpose};
use crate::domain::handoff::Path;
use crate::domain::id::{ComplaintId, ConnectionId, IdentityId};
use crate::domain::inbound::Media;
use crate::domain::texts::TextName;
use crate::domain::time::Timestamp;

/// A private message to send.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// The text; may be empty when there is media.
    #[serde(default)]
    #[schema(example = "We are sorry. Your refund is on its way.")]
    pub text: String,
    /// Attachments; each `url` is https and can be read by the provider.
    #[serde(default)]
    pub media: Vec<Media>,
    /// A template's name; not available yet.
    #[serde(default)]
    pub template: Option<String>,
    /// The complaint this is about.
    #[serde(default)]
    pub complaint_id: Option<ComplaintId>,
    /// Who writes; default: the key's own agent. The text ends in their initials.
    #[serde(default)]
    pub agent: Option<Agent>,
    /// Your own reference, given back in every answer and event; at most 200 characters.
    #[serde(default)]
    #[schema(example = "ticket-4711", max_length = 200)]
    pub client_ref: Option<String>,
}

/// An answer in public.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The text everybody will see; absent where a template says it.
    #[serde(default)]
    #[schema(example = "We are sorry to read this and are looking into it.")]
    pub text: String,
    /// A public text of the workspace instead: `closing` thanks after a private resolution.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub template: Option<TextName>,
    /// Who writes; default: the key's own agent. The text ends in their initials.
    #[serde(default)]
    pub agent: Option<Agent>,
}

/// An invitation to a private channel. Everything is optional.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OfferHandoff {
    /// The channels to lead to, in order of preference; default: the platform's own private messages, then what the
    /// workspace prefers.
    #[schema(value_type = Vec<Channel>, example = json!(["sms", "x_dm"]), max_items = 10)]
    pub to: Vec<Channel>,
    /// The one way to take; default: the first that is open.
    pub path: Option<Path>,
    /// The connection to lead to, where several have that channel.
    pub connection_id: Option<ConnectionId>,
    /// Your own words for the invitation, in place of the template. Where the customer shall text us (`P3`), they must
    /// hold `{number}` and `{case}`. In a private reply the template's question follows them.
    #[schema(example = "We are sorry. Please write to us in private.")]
    pub text: Option<String>,
    /// ISO 639-1 code of the language to hold it in; default: the complaint's, else the workspace's.
    #[schema(example = "es", pattern = "^[a-z]{2}$")]
    pub language: Option<String>,
    /// Who invites; default: the key's own agent. A public text ends in their initials.
    pub agent: Option<Agent>,
    /// Whether the customer asked to go on in private: then they are invited once more.
    pub asked_by_customer: bool,
}

/// Another channel to go on at.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MoveHandoff {
    /// The channels to lead to, in order of preference; default: what the workspace prefers.
    #[schema(value_type = Vec<Channel>, example = json!(["sms"]), max_items = 10)]
    pub to: Vec<Channel>,
    /// The connection to lead to, where several have that channel.
    pub connection_id: Option<ConnectionId>,
    /// Who asks; default: the key's own agent.
    pub agent: Option<Agent>,
}

/// A consent out of other records.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportConsent {
    /// Who agreed.
    pub identity_id: IdentityId,
    /// What for; `marketing` only when it was given in writing.
    pub purpose: Purpose,
    /// On which medium.
    pub channel: Channel,
    /// How it was given.
    pub method: Method,
    /// When.
    pub granted_at: Timestamp,
    /// Until when it permits; default: open-ended.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// ISO 639-1 code of the notice's language; default `en`.
    #[serde(default)]
    #[schema(example = "en", pattern = "^[a-z]{2}$")]
    pub language: Option<String>,
    /// The words that were shown.
    #[serde(default)]
    pub notice: Option<Notice>,
    /// Where the proof lies, or what it says; sealed, and shown to nobody but in the evidence of this consent.
    #[schema(
        example = "Signed form 4711 of 2026-03-02, scan in archive A",
        min_length = 1,
        max_length = 4000
    )]
    pub evidence: String,
}

/// A customer, as a platform names them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    /// The platform's own id, never a handle.
    #[schema(example = "31337", min_length = 1, max_length = 200)]
    pub external_id: String,
    /// What kind of id that is; default: the connection's.
    #[serde(default)]
    #[schema(example = "reviews.example", max_length = 120)]
    pub namespace: Option<String>,
    /// The handle without its `@`.
    #[serde(default)]
    pub handle: Option<String>,
    /// The display name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A complaint somebody made where no callback comes from.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateComplaint {
    /// The connection it belongs to.
    pub connection_id: ConnectionId,
    /// The medium; default `custom_post`.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Who complains.
    pub identity: CustomerInput,
    /// The platform's id of the post; equal ids are one post.
    #[serde(default)]
    #[schema(example = "review-981", max_length = 200)]
    pub id: Option<String>,
    /// The platform's id of the thread; default: the post's.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub thread_id: Option<String>,
    /// What it says.
    #[schema(example = "My card was charged twice", min_length = 1)]
    pub text: String,
    /// Where people can see it.
    #[serde(default)]
    pub permalink: Option<String>,
    /// When it was written; default: now.
    #[serde(default)]
    pub posted_at: Option<Timestamp>,
}

/// What the desk may change of a complaint. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintPatch {
    /// `open`, `waiting`, `resolved` or `ignored`.
    #[serde(default)]
    pub status: Option<ComplaintStatus>,
    /// Who has it; null for nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub assignee: Option<Option<String>>,
    /// The desk's labels, all of them; at most 20 of 60 characters.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
}

/// A private conversation to open.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenConversation {
    /// With whom.
    pub identity_id: IdentityId,
    /// Through which of our accounts.
    pub connection_id: ConnectionId,
    /// What for; `handoff.relay` or absent.
    #[serde(default)]
    #[schema(example = "handoff.relay")]
    pub purpose: Option<String>,
}

/// What the desk may change of a conversation. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPatch {
    /// Who has it; null for nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub assignee: Option<Option<String>>,
    /// `0` marks everything as read.
    #[serde(default)]
    #[schema(example = 0, maximum = 0, minimum = 0)]
    pub unread: Option<i64>,
}

/// Two identities that a person says are one customer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLink {
    /// The two.
    pub identity_ids: [IdentityId; 2],
    /// How they know. Shown with the link to whoever reviews it.
    #[schema(example = "Both gave the order number 4711", min_length = 1, max_length = 500)]
    pub reason: String,
    /// Who says so; default: the key's own agent.
    #[serde(default)]
    pub agent: Option<Agent>,
}

/// Why a person takes a link apart.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndLink {
    /// Why.
    #[schema(example = "Two brothers share the phone", min_length = 1, max_length = 500)]
    pub reason: String,
    /// Who says so; default: the key's own agent.
    #[serde(default)]
    pub agent: Option<Agent>,
}

/// How a person settles a send whose end nobody saw.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// What they found out, or want done.
    #[serde(rename = "as")]
    pub how: As,
}

/// What became of an unknown send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// The provider has it.
    Sent,
    /// The provider does not have it, and it shall not be sent any more.
    Failed,
    /// Send it once more, at the risk of doubling it.
    Resend,
}

/// A person's word on what a customer wrote.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveTask {
    /// What the customer meant.
    #[serde(rename = "as")]
    pub how: Meant,
}

/// What a customer meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meant {
    /// To hear nothing more on this channel.
    OptOut,
    /// Something else: sending goes on.
    NoOptOut,
}

impl Meant {
    /// The word in JSON and in the task.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::NoOptOut => "no_opt_out",
        }
    }
}

/// Tells `null` from absent.
fn present<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(from).map(Some)
}
