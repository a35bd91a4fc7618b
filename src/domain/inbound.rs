//! Facts that come in: what a callback says happened, in our words.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::failure::Failure;
use super::id::{DeliveryId, MessageId};
use super::identity::Party;
use super::keyword::Keyword;
use super::message::MessageStatus;
use super::time::Timestamp;

/// One fact out of a callback, with the provider's own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InboundEvent {
    /// The accounts of ours it may belong to, best first; empty: the connection that was called.
    pub accounts: Vec<String>,
    /// The provider's own key for this fact; equal keys are one fact.
    pub key: String,
    /// The order key: facts of one lane are decided in the order they came.
    pub lane: String,
    /// What happened.
    pub fact: Fact,
}

/// Whether verification made the fact, or only `report_only` let it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A signature over the raw bytes fitted.
    Signed,
    /// Nothing proves who sent it.
    Unsigned,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// A private message came in.
    MessageReceived(ReceivedMessage),
    /// A message of ours moved.
    MessageStatus(StatusReport),
    /// All messages of ours up to a moment moved.
    Watermark(Watermark),
    /// Somebody wrote in public.
    PostCreated(PublicPost),
    /// A public post was rewritten by its author.
    PostEdited(PostEdit),
    /// A public post was taken away.
    PostDeleted(PostRemoval),
    /// The brand answered in public by the platform's own app, or the platform repeats our own reply.
    PostEchoed(PostEcho),
    /// The brand wrote in private by the platform's own app, or the platform repeats our own message.
    MessageEchoed(MessageEcho),
    /// Somebody came by a link of ours that carries a reference.
    Referred(Referral),
    /// The platform says somebody opted out or back in.
    OptOut(OptOutSignal),
    /// Somebody wants the platform's data about them deleted here.
    DeletionAsked(PrivacyAsk),
    /// Somebody took the app's access away.
    Deauthorized(PrivacyAsk),
    /// A provider no longer renews our token: written by the relay, never by a callback.
    AuthorizationLost(AuthorizationLoss),
    /// A post is not shown to everybody any more, or is again.
    PostShown(PostShowing),
    /// A send of ours ended: written by the relay, never by a callback.
    SendOutcome(SendOutcome),
    /// A kind we do not know; kept, without effect.
    Other {
        /// The platform's name for it.
        name: String,
    },
}

impl Fact {
    /// The fact's name in logs, metrics and tables.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MessageReceived(_) => "message.received",
            Self::MessageStatus(_) => "message.status",
            Self::Watermark(_) => "message.watermark",
            Self::PostCreated(_) => "post.created",
            Self::PostEdited(_) => "post.edited",
            Self::PostDeleted(_) => "post.deleted",
            Self::PostEchoed(_) => "post.echoed",
            Self::MessageEchoed(_) => "message.echoed",
            Self::Referred(_) => "referral",
            Self::OptOut(_) => "opt_out",
            Self::DeletionAsked(_) => "deletion.asked",
            Self::Deauthorized(_) => "deauthorized",
            Self::AuthorizationLost(_) => "authorization.lost",
            Self::PostShown(_) => "post.shown",
            Self::SendOutcome(_) => "send.outcome",
            Self::Other { .. } => "other",
        }
    }
}

/// A picture, a sound or a file, where the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Media {
    /// Where it lies.
    #[schema(example = "https://example.com/receipt.jpg")]
    pub url: String,
    /// Its media type, when the sender said.
    #[serde(default)]
    #[schema(example = "image/jpeg")]
    pub content_type: Option<String>,
}

/// A private message from a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedMessage {
    /// The provider's id of the message.
    pub provider_id: String,
    /// The medium it came by.
    pub channel: Channel,
    /// Who wrote it.
    pub from: Party,
    /// What they wrote; may be empty when there is media.
    pub text: String,
    /// What they attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// What the link carried by which they came, or the button they pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When, by the provider's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The provider's own opt-out mark, which counts before any keyword of ours.
    #[serde(default)]
    pub mark: Option<Keyword>,
}

/// A report on a message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The provider's id of the send.
    pub provider_id: String,
    /// Our own reference, where the provider gives it back.
    #[serde(default)]
    pub part: Option<PartRef>,
    /// How far it got.
    pub status: MessageStatus,
    /// Why it failed.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// When, by the provider's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A report on everything that was sent to somebody up to a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// To whom.
    pub who: Party,
    /// How far it got.
    pub status: MessageStatus,
    /// Up to when, by the provider's clock.
    pub until: Timestamp,
}

/// One provider request of a message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartRef {
    /// The message.
    pub message_id: MessageId,
    /// Which of its requests, from 0.
    pub part: i64,
}

/// A public post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicPost {
    /// The platform's id of the post.
    pub provider_id: String,
    /// The platform's id of the thread it stands in.
    pub thread_id: String,
    /// The medium.
    pub channel: Channel,
    /// Who wrote it.
    pub author: Party,
    /// What it says.
    pub text: String,
    /// Where people can see it.
    #[serde(default)]
    pub permalink: Option<String>,
    /// Its language by the platform's word, as an ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// New words for a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostEdit {
    /// The platform's id of the post.
    pub provider_id: String,
    /// What it says now.
    pub text: String,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A post that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRemoval {
    /// The platform's id of the post.
    pub provider_id: String,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A public answer by our own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostEcho {
    /// The platform's id of the answer.
    pub provider_id: String,
    /// The platform's id of the post it answers.
    pub answers: String,
    /// What it says.
    pub text: String,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A private message by our own account that no report ties to a message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEcho {
    /// The platform's id of the message.
    pub provider_id: String,
    /// The medium.
    pub channel: Channel,
    /// Who got it.
    pub to: Party,
    /// What it says; may be empty when there is media.
    pub text: String,
    /// What is attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A visit by a link of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Who came.
    pub who: Party,
    /// On which medium.
    pub channel: Channel,
    /// What the link carried.
    pub reference: String,
}

/// An opt-out or opt-in that came as a signal of its own, not as a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOutSignal {
    /// Whom it is about.
    pub who: Party,
    /// On which medium.
    pub channel: Channel,
    /// `stop` or `start`.
    pub keyword: Keyword,
}

/// How old a signed request about a person may be. It is idempotent, so a late retry is welcome; and for so long it is
/// remembered that it came, whatever else is forgotten, so that none counts twice.
pub const ASK_LASTS: Duration = Duration::from_secs(90 * 86_400);

/// How far the clock of whoever signed it may be before ours.
pub const ASK_AHEAD: Duration = Duration::from_secs(300);

/// A signed request of a platform about one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyAsk {
    /// The person's id in the scope of the platform's app: no identity of a channel.
    pub user_id: String,
    /// The code the person was given; the same request has the same one.
    pub code: String,
}

/// A token that a provider does not renew any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationLoss {
    /// The provider's own word for why.
    pub why: String,
}

/// Whether the platform shows a post to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostShowing {
    /// The platform's id of the post.
    pub provider_id: String,
    /// Not any more; `false` when it is shown again.
    pub hidden: bool,
    /// When, by the platform's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// How one send of ours ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOutcome {
    /// The delivery that was tried.
    pub delivery_id: DeliveryId,
    /// What came of it.
    pub result: SendResult,
}

/// The ends a send can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SendResult {
    /// The provider took it.
    Accepted {
        /// The provider's id, where it gives one.
        provider_id: Option<String>,
        /// How far the provider says it got: `queued` counts as not yet sent.
        status: MessageStatus,
        /// Whom a private reply reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reached: Option<Party>,
    },
    /// It will never be sent.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows whether it was sent.
    Unknown,
    /// Nobody could find out in time: a person must look.
    Unresolved,
}
