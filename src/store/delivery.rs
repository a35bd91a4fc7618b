//! Deliveries: making them, and every step of their way.

use std::collections::HashMap;

use super::decision::Committed;
use super::engine::{Bulk, Tx};
use super::error::StoreError;
use super::value::{Value, values};
use super::write::{Guard, Statement, Write};
use crate::domain::channel::Channel;
use crate::domain::delivery::{DeliveryKind, DeliveryState, LEASE};
use crate::domain::id::{
    DeliveryId, EventId, HandoffId, IdentityId, MessageId, PostId, ReplicaId, WorkspaceId,
};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;

const INSERT: Bulk = Bulk::new(
    "INSERT INTO delivery (id, workspace_id, kind, lane, holds, subject, destination, slot, event_id, message_id, part,
        post_id, identity_id, channel, suppression_key, state, attempt, due_at, leased_by, lease_until, valid_until,
        created_at, handoff_id) VALUES ",
    23,
    "",
);

/// Lanes in which something stands that is not in this replica's hands, and when the last of it is due.
const BUSY_LANES: Bulk = Bulk::new(
    "SELECT d.lane, MAX(d.due_at)
    FROM (VALUES ",
    2,
    ") AS v
    JOIN delivery d ON d.lane = v.column1
    WHERE d.state IN ('pending', 'leased', 'sending', 'unknown') AND d.holds = 1
        AND NOT (d.state IN ('leased', 'sending') AND d.leased_by = v.column2)
    GROUP BY d.lane",
);

/// Destinations whose circuit is open.
const OPEN_CIRCUITS: Bulk = Bulk::new(
    "SELECT c.destination
    FROM (VALUES ",
    1,
    ") AS v
    JOIN circuit c ON c.destination = v.column1
    WHERE c.open_until IS NOT NULL",
);

static CANCEL: Statement = Statement {
    rank: 50,
    bulk: Bulk::new(
        "UPDATE delivery SET state = 'settled', outcome = 'cancelled', settled_at = v.column2, lease_until = NULL
        FROM (VALUES ",
        2,
        ") AS v WHERE delivery.id = v.column1 AND delivery.state IN ('pending', 'leased')",
    ),
    guard: Guard::Any,
};

static SETTLE_UNKNOWN: Statement = Statement {
    rank: 51,
    bulk: Bulk::new(
        "UPDATE delivery SET state = 'settled', outcome = v.column2, settled_at = v.column3, lease_until = NULL
        FROM (VALUES ",
        3,
        ") AS v WHERE delivery.id = v.column1 AND delivery.state IN ('sending', 'unknown')",
    ),
    guard: Guard::Any,
};

/// Open provider deliveries to identities, for STOP.
pub(super) const OPEN_OF_IDENTITIES: Bulk = Bulk::new(
    "SELECT d.id, d.message_id, d.part
    FROM (VALUES ",
    2,
    ") AS v
    JOIN delivery d ON d.identity_id = v.column1 AND d.channel = v.column2
    WHERE d.kind = 'provider' AND d.state IN ('pending', 'leased') AND d.message_id IS NOT NULL",
);

pub(super) const LOOKUPS: &[Bulk] = &[INSERT, BUSY_LANES, OPEN_CIRCUITS, OPEN_OF_IDENTITIES];

/// What a delivery is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// An event for a webhook.
    Event(EventId),
    /// One request of a message.
    Part {
        /// The message.
        message_id: MessageId,
        /// Which request, from 0.
        part: i64,
        /// Its medium.
        channel: Channel,
        /// The suppression index of its recipient.
        suppression_key: Vec<u8>,
    },
    /// A public reply.
    Post(PostId),
    /// The private reply with which a handoff begins.
    PrivateReply(HandoffId),
}

/// A request we will owe somebody once the decision commits.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id, stable over tries.
    pub id: DeliveryId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// What shares this lane goes out one after the other.
    pub lane: Lane,
    /// The resource it is about.
    pub subject: String,
    /// The webhook or connection it goes to.
    pub destination: String,
    /// The inbound lane slot its outcome is decided in.
    pub slot: i64,
    /// Whose data it carries.
    pub identity_id: Option<IdentityId>,
    /// What it carries.
    pub cargo: Cargo,
    /// Not sent any more after this.
    pub valid_until: Option<Timestamp>,
}

impl NewDelivery {
    /// To whom it is owed.
    #[must_use]
    pub const fn kind(&self) -> DeliveryKind {
        match self.cargo {
            Cargo::Event(_) => DeliveryKind::Webhook,
            Cargo::Part { .. } | Cargo::Post(_) | Cargo::PrivateReply(_) => DeliveryKind::Provider,
        }
    }
}

/// The relay's own order of work, told of new deliveries while their lanes' subjects are still locked, so that the
/// order in memory is the order of `seq`.
pub trait LaneBook: Send + Sync {
    /// Who leases.
    fn replica(&self) -> &ReplicaId;

    /// Keeps a place for a delivery at the end of its lane; `false` when the relay is full or the lane is held: the
    /// delivery then waits in the database.
    fn reserve(&self, delivery: &NewDelivery) -> bool;

    /// Gives places back whose transaction did not commit.
    fn cancel(&self, deliveries: &[DeliveryId]);

    /// A webhook or a connection was changed: what is remembered of them is old.
    fn forget_targets(&self);

    /// The decision committed: what was leased can go out, the rest waits to be claimed.
    fn hand_over(&self, committed: Committed);
}

/// A delivery as it was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What was asked for.
    pub delivery: NewDelivery,
    /// Whether it is already leased to this replica.
    pub leased: bool,
    /// Until when.
    pub lease_until: Timestamp,
}

/// Inserts deliveries, already leased to this replica where nothing else holds their lane.
pub(super) async fn insert(
    tx: &mut Tx,
    book: &dyn LaneBook,
    deliveries: Vec<NewDelivery>,
    now: Timestamp,
) -> Result<Vec<Stored>, StoreError> {
    let held = held(tx, book, &deliveries).await?;
    let mut waiting: Vec<Lane> = Vec::new();
    let mut rows = Vec::new();
    let mut stored = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let free = !held.lanes.contains_key(&delivery.lane)
            && !held.destinations.contains(&delivery.destination)
            && !waiting.contains(&delivery.lane);
        let leased = free && book.reserve(&delivery);
        if !leased {
            waiting.push(delivery.lane);
        }
        let due = held.lanes.get(&delivery.lane).map_or(now, |&due| due.max(now));
        rows.extend(row(&delivery, leased.then(|| book.replica()), now, due));
        stored.push(Stored { delivery, leased, lease_until: now + LEASE });
    }
    if let Err(error) = tx.write(&INSERT, rows).await {
        cancel_reserved(book, &stored);
        return Err(error);
    }
    Ok(stored)
}

/// Gives back the places of deliveries that were not committed.
pub(super) fn cancel_reserved(book: &dyn LaneBook, stored: &[Stored]) {
    let leased: Vec<DeliveryId> =
        stored.iter().filter(|one| one.leased).map(|one| one.delivery.id.clone()).collect();
    book.cancel(&leased);
}

struct Held {
    /// With the time before which nothing new there can be due.
    lanes: HashMap<Lane, Timestamp>,
    destinations: Vec<String>,
}

async fn held(tx: &mut Tx, book: &dyn LaneBook, deliveries: &[NewDelivery]) -> Result<Held, StoreError> {
    let mut lanes: Vec<Lane> = deliveries.iter().map(|delivery| delivery.lane).collect();
    lanes.sort_unstable();
    lanes.dedup();
    let mut destinations: Vec<&str> =
        deliveries.iter().map(|delivery| delivery.destination.as_str()).collect();
    destinations.sort_unstable();
    destinations.dedup();
    let lane_keys = lanes.iter().flat_map(|lane| values![lane.bytes(), book.replica()]).collect();
    let busy: Vec<(Vec<u8>, i64)> = tx.lookup(&BUSY_LANES, lane_keys).await?;
    let open: Vec<(String,)> =
        tx.lookup(&OPEN_CIRCUITS, destinations.into_iter().map(Value::from).collect()).await?;
    Ok(Held {
        lanes: busy
            .iter()
            .filter_map(|(bytes, due)| Some((Lane::from_bytes(bytes)?, Timestamp::from_millis(*due))))
            .collect(),
        destinations: open.into_iter().map(|(destination,)| destination).collect(),
    })
}

fn row(delivery: &NewDelivery, leased_to: Option<&ReplicaId>, now: Timestamp, due: Timestamp) -> Vec<Value> {
    let (event, message, part, post, channel, key) = match &delivery.cargo {
        Cargo::Event(id) => (Some(id), None, None, None, None, None),
        Cargo::Part { message_id, part, channel, suppression_key } => {
            (None, Some(message_id), Some(*part), None, Some(channel.as_str()), Some(suppression_key.clone()))
        }
        Cargo::Post(id) => (None, None, None, Some(id), None, None),
        Cargo::PrivateReply(_) => (None, None, None, None, None, None),
    };
    let handoff = if let Cargo::PrivateReply(id) = &delivery.cargo { Some(id) } else { None };
    let state = if leased_to.is_some() { DeliveryState::Leased } else { DeliveryState::Pending };
    values![
        &delivery.id,
        &delivery.workspace_id,
        delivery.kind().as_str(),
        delivery.lane.bytes(),
        true,
        delivery.subject.as_str(),
        delivery.destination.as_str(),
        delivery.slot,
        event,
        message,
        part,
        post,
        delivery.identity_id.as_ref(),
        channel,
        key,
        state.as_str(),
        i64::from(leased_to.is_some()),
        due,
        leased_to,
        leased_to.map(|_| now + LEASE),
        delivery.valid_until,
        now,
        handoff,
    ]
}

/// What waited behind one that held its lane until its end was known need not any longer.
static FREE_LANE: Statement = Statement::adjust(
    54,
    "UPDATE delivery SET due_at = v.column2
    FROM (SELECT h.lane AS column1, v.column2 AS column2 FROM (VALUES ",
    2,
    ") AS v JOIN delivery h ON h.id = v.column1 WHERE h.holds = 1) AS v
    WHERE delivery.lane = v.column1 AND delivery.holds = 1
        AND delivery.state IN ('pending', 'leased', 'sending', 'unknown') AND delivery.state = 'pending'
        AND delivery.due_at > v.column2",
);

/// Takes back a delivery that is not yet on the wire.
pub fn cancel(id: &DeliveryId, now: Timestamp) -> Write {
    Write { statement: &CANCEL, values: values![id, now] }
}

/// Ends a send whose outcome became known otherwise than by its own answer.
pub fn settle_unknown(id: &DeliveryId, outcome: &str, now: Timestamp) -> Write {
    Write { statement: &SETTLE_UNKNOWN, values: values![id, outcome, now] }
}

/// Lets go on what waited for the end of a send to be known.
pub fn free_lane(id: &DeliveryId, now: Timestamp) -> Write {
    Write { statement: &FREE_LANE, values: values![id, now] }
}
