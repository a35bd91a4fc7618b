//! A handoff: the way of a complaint to a private conversation, with the customer's consent.

pub(in crate::domain) mod guard;
mod machine;
mod plan;
pub mod proof;

pub use self::machine::{Ask, Effect, Input, Side, Step, Turn};
pub use self::plan::{Choice, Dm, Impossible, Means, Opening, Reason, choose, ways};

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::Channel;
use super::event::EventType;
use super::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, HandoffId, IdentityId, LinkId, MessageId,
    WorkspaceId,
};
use super::time::Timestamp;

/// How the customer gets from the public thread to the private channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Path {
    /// The platform's own private messages.
    P1,
    /// From the platform's private messages to another channel: a token goes there, and comes back from the phone.
    P2,
    /// No private messages: the phone names the case, gets a phrase, and the account posts it.
    P3,
    /// The customer gave a number in a private message: a code goes there, and is typed back.
    P4,
    /// No proof is possible: a conversation of its own, linked to nothing.
    P5,
}

impl Path {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
            Self::P5 => "P5",
        }
    }

    /// The path of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::P1, Self::P2, Self::P3, Self::P4, Self::P5].into_iter().find(|path| path.as_str() == word)
    }
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $event:ident;)+) => {
        /// Where a handoff stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum HandoffState {$($(#[$doc])* $name,)+}

        impl HandoffState {
            /// Every state there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in JSON and SQL; also the last part of the event's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $word,)+}
            }

            /// The event that tells of coming here.
            #[must_use]
            pub const fn event(self) -> EventType {
                match self {$(Self::$name => EventType::$event,)+}
            }
        }
    };
}

states! {
    /// The customer was invited.
    Invited = "invited", HandoffInvited;
    /// The complaining account wrote in private.
    AccountProven = "account_proven", HandoffAccountProven;
    /// Somebody named the case on the private channel; nothing is proven.
    Claimed = "claimed", HandoffClaimed;
    /// The account has a token to send from its phone.
    TokenSent = "token_sent", HandoffTokenSent;
    /// A phone has a phrase to post in public.
    PhraseSent = "phrase_sent", HandoffPhraseSent;
    /// A phone has a code to type in the account's private messages.
    CodeSent = "code_sent", HandoffCodeSent;
    /// Both sides are proven to be one person.
    Bound = "bound", HandoffBound;
    /// The customer was asked to agree.
    ConsentPending = "consent_pending", HandoffConsentPending;
    /// The private conversation is on.
    Active = "active", HandoffActive;
    /// Something speaks against it: nothing is relayed until it is proven again.
    Suspended = "suspended", HandoffSuspended;
    /// The customer said no.
    Refused = "refused", HandoffRefused;
    /// The customer did not come in time.
    Expired = "expired", HandoffExpired;
    /// The customer took the consent back.
    Withdrawn = "withdrawn", HandoffWithdrawn;
    /// The link was ended.
    Unlinked = "unlinked", HandoffUnlinked;
    /// The case is over.
    Ended = "ended", HandoffEnded;
    /// The desk called it off.
    Cancelled = "cancelled", HandoffCancelled;
}

impl HandoffState {
    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }

    /// Whether nothing leads on from here. Coming back is a new handoff.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::Expired | Self::Withdrawn | Self::Unlinked | Self::Ended | Self::Cancelled
        )
    }
}

/// The newest handoff of a complaint or a conversation, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = HandoffInShort)]
pub struct InShort {
    /// The handoff.
    pub id: HandoffId,
    /// Where it stands.
    pub state: HandoffState,
}

/// One handoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// Its id.
    pub id: HandoffId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The complaint it takes to a private conversation.
    pub complaint_id: ComplaintId,
    /// The handoff it goes on from: a move to another channel, or the one that ended before.
    pub parent_id: Option<HandoffId>,
    /// The way.
    pub path: Path,
    /// The private channel it leads to.
    pub channel: Channel,
    /// Our account there.
    pub connection_id: ConnectionId,
    /// The account that complains.
    pub identity_id: IdentityId,
    /// Where that account writes to us in private.
    pub dm_conversation_id: Option<ConversationId>,
    /// Who proved to be the same person on the private channel.
    pub target_id: Option<IdentityId>,
    /// The private conversation it leads to.
    pub conversation_id: Option<ConversationId>,
    /// What ties the two sides.
    pub link_id: Option<LinkId>,
    /// Where it stands.
    pub state: HandoffState,
    /// What the customer may name the case by; not a secret.
    pub case_ref: String,
    /// ISO 639-1 code of the language it is held in.
    pub language: String,
    /// The words the customer was asked with, by hash.
    pub notice_sha256: Option<String>,
    /// The text that confirms, of which the provider's word is awaited.
    pub confirm_message_id: Option<MessageId>,
    /// The delivery of a private reply, of which the provider's word is awaited.
    pub delivery_id: Option<DeliveryId>,
    /// Where the text of the private reply stands.
    pub body_id: Option<BodyId>,
    /// Who at the brand invited.
    pub agent: Option<Agent>,
    /// When the present state runs out.
    pub expires_at: Option<Timestamp>,
    /// Events told about it so far; also its steps.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
    /// When the customer was invited.
    pub created_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

impl Handoff {
    /// In short.
    #[must_use]
    pub fn in_short(&self) -> InShort {
        InShort { id: self.id.clone(), state: self.state }
    }
}

#[cfg(test)]
mod tests;
