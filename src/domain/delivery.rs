//! A delivery: one request we owe somebody.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_secs(30);

/// How long before its end a lease is no longer used to write to the wire.
pub const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// How long a message may wait before it is not sent any more.
pub const VALIDITY: Duration = Duration::from_secs(10 * 60);

/// How long an unknown send holds the messages behind it.
pub const UNKNOWN_HOLDS: Duration = Duration::from_secs(60);

/// How long an unknown send may stay so before a person is asked.
pub const UNKNOWN_TASK_AFTER: Duration = Duration::from_secs(30 * 60);

/// Where a delivery stands: `pending → leased → sending → settled | dead`, with `unknown` after a `sending`
/// whose end nobody saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its time or its turn.
    Pending,
    /// In the hands of one replica.
    Leased,
    /// A provider send that may be on the wire.
    Sending,
    /// A provider send of which nobody knows whether it was made.
    Unknown,
    /// Done.
    Settled,
    /// Given up; can be retried by a person.
    Dead,
}

impl DeliveryState {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
            Self::Dead => "dead",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        use DeliveryState::{Dead, Leased, Pending, Sending, Settled, Unknown};
        [Pending, Leased, Sending, Unknown, Settled, Dead].into_iter().find(|state| state.as_str() == word)
    }
}

/// To whom it is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryKind {
    /// A message or a reply, to a provider.
    Provider,
    /// An event, to a webhook.
    Webhook,
}

impl DeliveryKind {
    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Provider, Self::Webhook].into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Webhook => "webhook",
        }
    }
}
