//! What came of one lease of a delivery: the ends there are, and what each means for its row and its lane.

use super::value::{Value, values};
use crate::domain::delivery::{DeliveryState, UNKNOWN_HOLDS};
use crate::domain::failure::Failure;
use crate::domain::id::DeliveryId;
use crate::domain::identity::Party;
use crate::domain::inbound::SendResult;
use crate::domain::message::MessageStatus;
use crate::domain::time::Timestamp;

/// What came of one lease.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery.
    pub id: DeliveryId,
    /// Which lease.
    pub attempt: i64,
    /// What came of it.
    pub end: End,
    /// The try, if one was made.
    pub tried: Option<Tried>,
}

/// What came of a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The webhook has the event.
    Delivered,
    /// To be tried again. What does not hold has left its lane.
    Again {
        /// When.
        due_at: Timestamp,
        /// Whether what comes after it waits.
        holds: bool,
    },
    /// Given up.
    Dead,
    /// The webhook says that it is gone: given up, and nothing more is sent there.
    Gone,
    /// The provider took it.
    Accepted {
        /// The provider's id.
        provider_id: Option<String>,
        /// How far it got by the provider's word.
        status: MessageStatus,
        /// Whom a private reply reached.
        reached: Option<Party>,
    },
    /// It will never be sent.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows whether it was sent.
    Unknown,
}

/// A try that was made.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Whether the destination works, whatever it thinks of this delivery.
    pub works: bool,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, without content.
    pub error: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

impl End {
    const fn state(&self) -> DeliveryState {
        match self {
            Self::Delivered | Self::Accepted { .. } | Self::Failed { .. } => DeliveryState::Settled,
            Self::Again { .. } => DeliveryState::Pending,
            Self::Dead | Self::Gone => DeliveryState::Dead,
            Self::Unknown => DeliveryState::Unknown,
        }
    }

    const fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Delivered => Some("delivered"),
            Self::Accepted { .. } => Some("accepted"),
            Self::Failed { .. } => Some("failed"),
            Self::Dead => Some("dead"),
            Self::Gone => Some("gone"),
            Self::Again { .. } | Self::Unknown => None,
        }
    }

    /// The word for it in metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Again { .. } => "retry",
            Self::Unknown => "unknown",
            _ => match self.outcome() {
                Some(word) => word,
                None => "none",
            },
        }
    }

    /// Whether what comes after it in its lane must wait.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Again { holds: true, .. } | Self::Unknown)
    }

    /// The fact for the bridge.
    pub(super) fn result(&self) -> Option<SendResult> {
        Some(match self {
            Self::Accepted { provider_id, status, reached } => SendResult::Accepted {
                provider_id: provider_id.clone(),
                status: *status,
                reached: reached.clone(),
            },
            Self::Failed { failure } => SendResult::Failed { failure: failure.clone() },
            Self::Unknown => SendResult::Unknown,
            _ => return None,
        })
    }

    /// When whatever stands behind it in its lane may be due at the earliest.
    pub(super) fn lane_waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Again { due_at, holds: true } => Some(*due_at),
            Self::Unknown => Some(now + UNKNOWN_HOLDS),
            _ => None,
        }
    }
}

impl Settlement {
    /// The values of its row in the settling statement.
    pub(super) fn row(&self, now: Timestamp) -> Vec<Value> {
        let state = self.end.state();
        let is_over = matches!(state, DeliveryState::Settled | DeliveryState::Dead);
        let due = if let End::Again { due_at, .. } = self.end { Some(due_at) } else { None };
        let keeps_place = !matches!(self.end, End::Again { holds: false, .. });
        let looked_at = matches!(self.end, End::Unknown).then(|| now + UNKNOWN_HOLDS);
        let tried = self.tried.as_ref();
        values![
            &self.id,
            self.attempt,
            state.as_str(),
            self.end.outcome(),
            keeps_place,
            due,
            looked_at,
            is_over.then_some(now),
            i64::from(tried.is_some()),
            tried.and_then(|tried| tried.status).map(i64::from),
            tried.and_then(|tried| tried.error.clone()),
            tried.map(|tried| tried.at),
            tried.map(|tried| tried.took_ms),
        ]
    }
}
