//! A delivery in memory, leased to this replica.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use tracing::Span;

use crate::domain::delivery::{DeliveryKind, LEASE_MARGIN};
use crate::domain::id::{DeliveryId, EventId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::store::delivery::{Cargo, Stored};
use crate::store::{Claimed, Committed, End, EventView, Settlement, Tried};

/// The wait after the store did not answer.
const STORE_TROUBLE: Duration = Duration::from_secs(1);

/// A delivery to be tried.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: DeliveryId,
    pub(super) attempt: i64,
    /// How often it went out before.
    pub(super) tries: i64,
    /// `None` when it goes alone.
    pub(super) lane: Option<Lane>,
    pub(super) destination: String,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) lease_until: Timestamp,
    pub(super) freight: Freight,
    /// It came in memory, not by a claim.
    pub(super) is_fresh: bool,
    /// The request it came of, so that what the relay logs carries its id.
    pub(super) span: Span,
}

/// What it carries.
#[derive(Clone, Debug)]
pub(super) enum Freight {
    /// An event, rendered.
    Event { id: EventId, body: Bytes },
    /// A message or a reply, to be loaded.
    Provider,
}

impl Job {
    /// A fresh one, of events rendered before.
    pub(super) fn fresh(stored: Stored, bodies: &HashMap<EventId, Bytes>) -> Option<Self> {
        let delivery = stored.delivery;
        let freight = match delivery.cargo {
            Cargo::Event(id) => Freight::Event { body: bodies.get(&id)?.clone(), id },
            Cargo::Part { .. } | Cargo::Post(_) | Cargo::PrivateReply(_) => Freight::Provider,
        };
        Some(Self {
            id: delivery.id,
            attempt: 1,
            tries: 0,
            lane: Some(delivery.lane),
            destination: delivery.destination,
            valid_until: delivery.valid_until,
            lease_until: stored.lease_until,
            freight,
            is_fresh: true,
            span: Span::current(),
        })
    }

    /// A claimed one; `None` when its event is no more.
    pub(super) fn claimed(claimed: Claimed, bodies: &HashMap<EventId, Bytes>) -> Option<Self> {
        let freight = match claimed.event_id {
            Some(id) => Freight::Event { body: bodies.get(&id)?.clone(), id },
            None => Freight::Provider,
        };
        Some(Self {
            id: claimed.id,
            attempt: claimed.attempt,
            tries: claimed.tries,
            lane: claimed.lane,
            destination: claimed.destination,
            valid_until: claimed.valid_until,
            lease_until: claimed.lease_until,
            freight,
            is_fresh: false,
            span: Span::none(),
        })
    }

    pub(super) const fn kind(&self) -> DeliveryKind {
        match self.freight {
            Freight::Event { .. } => DeliveryKind::Webhook,
            Freight::Provider => DeliveryKind::Provider,
        }
    }

    /// Whether the lease still lasts long enough to write to the wire.
    pub(super) fn is_ours(&self, now: Timestamp) -> bool {
        is_ours(self.lease_until, now)
    }

    /// Gives it back untried, for its lane to go on with it when it is due.
    pub(super) fn back(&self, due_at: Timestamp) -> Settlement {
        self.settled(End::Again { due_at, holds: self.lane.is_some() }, None)
    }

    /// Gives it back because the store did not answer.
    pub(super) fn put_off(&self, now: Timestamp) -> Settlement {
        self.back(now + STORE_TROUBLE)
    }

    pub(super) fn settled(&self, end: End, tried: Option<Tried>) -> Settlement {
        Settlement { id: self.id.clone(), attempt: self.attempt, end, tried }
    }
}

/// Whether a lease that ends then still lasts long enough to write to the wire.
pub(super) fn is_ours(lease_until: Timestamp, now: Timestamp) -> bool {
    now + LEASE_MARGIN < lease_until
}

/// The events that leased deliveries carry, each rendered once.
pub(super) fn render(committed: &mut Committed) -> HashMap<EventId, Bytes> {
    let wanted: HashSet<EventId> = committed
        .deliveries
        .iter()
        .filter(|stored| stored.leased)
        .filter_map(|stored| match &stored.delivery.cargo {
            Cargo::Event(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    let contents = &committed.contents;
    std::mem::take(&mut committed.events)
        .into_iter()
        .filter(|event| wanted.contains(&event.id))
        .map(|event| body(&event.render(|id| contents.get(id.as_str()))))
        .collect()
}

/// An event as it goes out.
pub(super) fn body(event: &EventView) -> (EventId, Bytes) {
    (event.id.clone(), serde_json::to_vec(event).unwrap_or_default().into())
}
