//! What we tell the outside: the names of events.

use serde::{Deserialize, Serialize};

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// The kind of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventType {$(
            $(#[$doc])*
            #[serde(rename = $word)]
            $name,
        )+}

        impl EventType {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name outside.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $word,)+}
            }
        }
    };
}

event_types! {
    /// Somebody complained in public.
    ComplaintCreated = "complaint.created";
    /// A complaint changed: a new or edited post, a status, an assignee.
    ComplaintUpdated = "complaint.updated";
    /// The author took the last post away.
    ComplaintDeleted = "complaint.deleted";
    /// Our public reply stands.
    ReplySent = "reply.sent";
    /// Our public reply will not stand.
    ReplyFailed = "reply.failed";
    /// The customer was invited to go on in private.
    HandoffInvited = "handoff.invited";
    /// The complaining account showed itself in private.
    HandoffAccountProven = "handoff.account_proven";
    /// Somebody named the case on the private channel.
    HandoffClaimed = "handoff.claimed";
    /// The account was given what to send from its phone.
    HandoffTokenSent = "handoff.token_sent";
    /// A phone was given what to post in public.
    HandoffPhraseSent = "handoff.phrase_sent";
    /// A phone was given what to type in the account's private messages.
    HandoffCodeSent = "handoff.code_sent";
    /// Both sides are proven to be one person.
    HandoffBound = "handoff.bound";
    /// The customer was asked to agree.
    HandoffConsentPending = "handoff.consent_pending";
    /// The private conversation is on.
    HandoffActive = "handoff.active";
    /// Something speaks against it: nothing is relayed until it is proven again.
    HandoffSuspended = "handoff.suspended";
    /// The customer said no.
    HandoffRefused = "handoff.refused";
    /// The customer did not come in time.
    HandoffExpired = "handoff.expired";
    /// The customer took the consent back.
    HandoffWithdrawn = "handoff.withdrawn";
    /// The link was ended.
    HandoffUnlinked = "handoff.unlinked";
    /// The case is over.
    HandoffEnded = "handoff.ended";
    /// The desk called it off.
    HandoffCancelled = "handoff.cancelled";
    /// The customer was asked to agree to something.
    ConsentRequested = "consent.requested";
    /// The customer agreed.
    ConsentGranted = "consent.granted";
    /// The customer said no.
    ConsentRefused = "consent.refused";
    /// The customer agreed again.
    ConsentRenewed = "consent.renewed";
    /// The customer took it back.
    ConsentWithdrawn = "consent.withdrawn";
    /// Its time is over.
    ConsentExpired = "consent.expired";
    /// What it was for is over.
    ConsentTerminated = "consent.terminated";
    /// It was given by the wrong person.
    ConsentInvalidated = "consent.invalidated";
    /// A consent event has its place in the ledger, under a signed checkpoint.
    ConsentSealed = "consent.sealed";
    /// Two identities belong together, or belong together more surely than before.
    IdentityLinked = "identity.linked";
    /// Two identities no longer belong together: for good, or until their link is resumed.
    IdentityUnlinked = "identity.unlinked";
    /// A customer's other name or handle became known.
    IdentityRenamed = "identity.renamed";
    /// An identity was erased: whoever holds a copy must delete it too.
    IdentityErased = "identity.erased";
    /// A private conversation began.
    ConversationOpened = "conversation.opened";
    /// A conversation changed: reopened, assigned.
    ConversationUpdated = "conversation.updated";
    /// A conversation was closed.
    ConversationClosed = "conversation.closed";
    /// The customer wrote.
    MessageReceived = "message.received";
    /// A message of the desk was stored for sending.
    MessageQueued = "message.queued";
    /// The provider took it.
    MessageSent = "message.sent";
    /// It is on the device.
    MessageDelivered = "message.delivered";
    /// It was opened.
    MessageRead = "message.read";
    /// It will not arrive.
    MessageFailed = "message.failed";
    /// Nobody knows yet whether it was sent.
    MessageUnknown = "message.unknown";
    /// Most callbacks of a connection fail verification.
    ConnectionFailing = "connection.failing";
    /// Callbacks of a connection pass again.
    ConnectionRecovered = "connection.recovered";
    /// A webhook endpoint keeps failing.
    WebhookFailing = "webhook.failing";
    /// A webhook was switched off after failing too long.
    WebhookDisabled = "webhook.disabled";
    /// A webhook endpoint answers again.
    WebhookRecovered = "webhook.recovered";
    /// A person must look at something.
    TaskOpened = "task.opened";
    /// A person has looked.
    TaskClosed = "task.closed";
    /// Sent by `POST /v1/webhooks/{id}/test` to that webhook alone.
    WebhookTest = "webhook.test";
}

impl utoipa::PartialSchema for EventType {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("The kind of an event."))
            .enum_values(Some(Self::ALL.iter().map(|kind| kind.as_str())))
            .into()
    }
}

impl utoipa::ToSchema for EventType {
    fn name() -> std::borrow::Cow<'static, str> {
        "EventType".into()
    }
}

impl EventType {
    /// The kind of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// Whether a webhook's pattern (`*`, `message.*` or a full name) takes it.
    #[must_use]
    pub fn fits(self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(prefix) => self.as_str().starts_with(prefix),
            None => self.as_str() == pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_families_and_single_kinds() {
        assert!(EventType::MessageSent.fits("*"));
        assert!(EventType::MessageSent.fits("message.*"));
        assert!(EventType::MessageSent.fits("message.sent"));
        assert!(!EventType::MessageSent.fits("message.read"));
        assert!(!EventType::MessageSent.fits("complaint.*"));
    }
}
