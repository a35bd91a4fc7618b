//! What is sent through a connection, and what an answer to it can mean.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::access::Access;
use super::contract::Account;
use crate::domain::channel::Channel;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::identity::Namespace;
use crate::domain::inbound::Media;
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// Something to be sent through a connection.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// Stable over tries: the idempotency key where a provider takes one.
    pub delivery_id: &'a DeliveryId,
    /// Our account.
    pub account: &'a Account,
    /// The connection's settings; an object.
    pub settings: &'a Value,
    /// The newest live value of each secret.
    pub secrets: &'a BTreeMap<String, Secret>,
    /// The connection's public callback URL, without a query.
    pub callback_url: &'a str,
    /// Whether it goes out of the usual time for answers, and so needs the platform's tag for what people write.
    pub needs_tag: bool,
    /// What to send.
    pub send: Send<'a>,
    /// The moment of composing, for schemes that sign a time.
    pub now: Timestamp,
}

impl<'a> Outgoing<'a> {
    /// What it is sent with.
    #[must_use]
    pub const fn access(&self) -> Access<'a> {
        Access {
            account: self.account,
            settings: self.settings,
            secrets: self.secrets,
            callback_url: self.callback_url,
        }
    }

    /// Where calls go: `settings.api_base`, else the provider's own host.
    #[must_use]
    pub fn api_base(&self, default: &'a str) -> &'a str {
        self.access().api_base(default)
    }

    /// A field of the account.
    ///
    /// # Errors
    /// A [`Refusal`] as misconfigured when it is not there.
    pub fn field(&self, name: &str) -> Result<&'a str, Refusal> {
        self.access().field(name)
    }

    /// A secret.
    ///
    /// # Errors
    /// A [`Refusal`] as misconfigured when it is not there.
    pub fn secret(&self, name: &str) -> Result<&'a Secret, Refusal> {
        self.access().secret(name)
    }
}

/// What to send.
#[derive(Clone, Debug)]
pub enum Send<'a> {
    /// One request of a private message.
    Message {
        /// The message.
        message_id: &'a MessageId,
        /// Which of its requests this is, from 0.
        part: i64,
        /// Who gets it.
        to: Recipient<'a>,
        /// The text of this part.
        text: &'a str,
        /// Attachments; only on the first part.
        media: &'a [Media],
    },
    /// The one private answer to a public post.
    PrivateReply {
        /// The platform's id of the post that is answered.
        post_id: &'a str,
        /// The text.
        text: &'a str,
    },
    /// An answer in public.
    Reply {
        /// The platform's id of the post that is answered.
        post_id: &'a str,
        /// The platform's id of its thread.
        thread_id: &'a str,
        /// The medium.
        channel: &'a Channel,
        /// The text.
        text: &'a str,
    },
}

/// Who gets a private message.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The platform's id.
    pub external_id: &'a str,
    /// What kind of id that is.
    pub namespace: &'a Namespace,
    /// The medium.
    pub channel: &'a Channel,
}

/// A request to a provider.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Absolute URL.
    pub url: String,
    /// Header names and values; values may be secret and are never logged.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Bytes,
}

/// A provider's answer, its body cut at the outbound cap.
#[derive(Clone, Debug)]
pub struct HttpReply {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header as a delay, if it was there.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

/// It can never be sent as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Failure);

impl Refusal {
    pub(super) fn misconfigured(field: &str) -> Self {
        Self(Failure::new(FailureCode::Misconfigured, format!("The connection has no {field}.")))
    }
}

/// What an answer means; the relay, not the provider, turns it into a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Accepted {
        /// The provider's id for it.
        id: Option<String>,
        /// How far it got by the provider's word.
        status: MessageStatus,
    },
    /// Not taken; the same request may be taken later.
    Retry {
        /// The provider's own delay.
        after: Option<Duration>,
        /// Why, without content.
        why: String,
    },
    /// Refused for good.
    Refused {
        /// Why. The code `opted_out` also suppresses the recipient.
        failure: Failure,
    },
    /// The answer does not tell whether it was taken.
    Unknown {
        /// Why, without content.
        why: String,
    },
}
