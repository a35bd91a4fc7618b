//! Claims what is due, and clears up after leases that ran out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::Shared;
use super::job::{self, Job};
use super::worker;
use crate::coordination::Wake;
use crate::domain::delivery::DeliveryKind;
use crate::domain::id::EventId;
use crate::domain::time::Timestamp;
use crate::providers::{self, Provider};
use crate::store::{Claimed, End, EventView, Interrupted, Settlement, Store, StoreError};
use crate::telemetry::metrics;

/// How often it looks without being told.
const POLL: Duration = Duration::from_secs(1);

/// The least time between two looks, so that many wake-ups are one.
const PAUSE: Duration = Duration::from_millis(5);

/// How often the age of the oldest delivery is measured.
const MEASURED_EVERY: Duration = Duration::from_secs(30);

/// Runs until the relay stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut woken = shared.parts.coordination.subscribe(Wake::Deliveries);
    void_leases(&shared).await;
    let mut rounds = Rounds::default();
    while !shared.stop.is_cancelled() {
        match round(&shared, &mut rounds).await {
            Ok(0) => tokio::select! {
                () = shared.stop.cancelled() => return,
                () = woken.woken() => {}
                () = shared.due.notified() => {}
                () = sleep(POLL) => {}
            },
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "due deliveries were not claimed");
                sleep(POLL).await;
            }
        }
        sleep(PAUSE).await;
    }
}

/// When rarer things are done next.
#[derive(Default)]
struct Rounds {
    sweep: Timestamp,
    measure: Timestamp,
}

/// One look; how many deliveries it claimed.
async fn round(shared: &Arc<Shared>, rounds: &mut Rounds) -> Result<usize, StoreError> {
    let now = shared.parts.clock.now();
    if rounds.sweep <= now {
        rounds.sweep = now + POLL;
        sweep(shared, now).await?;
    }
    if rounds.measure <= now {
        rounds.measure = now + MEASURED_EVERY;
        measure(shared, now).await?;
    }
    claim(shared, now).await
}

/// An embedded database has no other replica: what a process before this one held is free at once.
async fn void_leases(shared: &Shared) {
    let parts = &shared.parts;
    if parts.store.is_shared() {
        return;
    }
    if let Err(error) = parts.store.void_leases(&parts.replica, parts.clock.now()).await {
        tracing::warn!(%error, "leases of the process before this one were not ended; they will run out");
    }
}

async fn sweep(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    shared.board().lanes.sweep(now);
    let store = &shared.parts.store;
    store.expire_leases(now).await?;
    let interrupted = store.interrupted(now).await?;
    shared.record(interrupted.into_iter().map(|one| interrupt(one, now)).collect(), true);
    store.let_go_unknown(now).await?;
    shared.parts.slots.mark(store.give_up_unknown(now).await?);
    Ok(())
}

/// A send that may or may not have been made: made again only where that does no harm.
fn interrupt(one: Interrupted, now: Timestamp) -> Settlement {
    let repeats = providers::find(&one.provider).is_some_and(Provider::is_idempotent);
    let end = if repeats { End::Again { due_at: now, holds: true } } else { End::Unknown };
    Settlement { id: one.id, attempt: one.attempt, end, tried: None }
}

async fn measure(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    let owed = shared.parts.store.oldest_owed().await?;
    for kind in [DeliveryKind::Provider.as_str(), DeliveryKind::Webhook.as_str()] {
        let since = owed.iter().find(|(word, _)| word == kind).map(|(_, since)| *since);
        // Where nothing is owed any more the last age must not stay.
        metrics::oldest_undelivered(kind, since.map_or(Duration::ZERO, |since| since.until(now)));
    }
    Ok(())
}

async fn claim(shared: &Arc<Shared>, now: Timestamp) -> Result<usize, StoreError> {
    let room = shared.board().lanes.room();
    let due = if room == 0 { Vec::new() } else { shared.parts.store.due_destinations(now).await? };
    if due.is_empty() {
        return Ok(0);
    }
    shared.board().lanes.claiming(due.iter().map(|one| one.destination.clone()));
    let claimed = shared.parts.store.claim_due(&due, &shared.parts.replica, room, now).await;
    let bodies = match &claimed {
        Ok(claimed) => bodies(shared, claimed).await,
        Err(_) => Ok(HashMap::new()),
    };
    let (count, dead) = admit(shared, claimed, bodies, now)?;
    shared.record(dead, true);
    worker::pump(shared);
    Ok(count)
}

/// Takes in what was claimed, in order; only now may anything new stand behind it.
fn admit(
    shared: &Shared,
    claimed: Result<Vec<Claimed>, StoreError>,
    bodies: Result<HashMap<EventId, Bytes>, StoreError>,
    now: Timestamp,
) -> Result<(usize, Vec<Settlement>), StoreError> {
    let mut board = shared.board();
    board.lanes.claiming([]);
    let claimed = claimed?;
    let bodies = bodies.inspect_err(|_| board.lanes.close(claimed.iter().filter_map(|one| one.lane), now))?;
    let count = claimed.len();
    let mut dead = Vec::new();
    for one in claimed {
        let (id, attempt) = (one.id.clone(), one.attempt);
        match Job::claimed(one, &bodies) {
            Some(job) => {
                if let Some(job) = board.lanes.admit(job) {
                    board.ready.push(job);
                }
            }
            None => dead.push(Settlement { id, attempt, end: End::Dead, tried: None }),
        }
    }
    Ok((count, dead))
}

async fn bodies(shared: &Shared, claimed: &[Claimed]) -> Result<HashMap<EventId, Bytes>, StoreError> {
    let ids: Vec<EventId> = claimed.iter().filter_map(|one| one.event_id.clone()).collect();
    let store = &shared.parts.store;
    let events = match store.events(&ids).await {
        Err(error) if error.is_ours() => readable(store, &ids).await,
        events => events?,
    };
    Ok(events.iter().map(job::body).collect())
}

async fn readable(store: &Store, ids: &[EventId]) -> Vec<EventView> {
    let mut events = Vec::new();
    for id in ids {
        match store.events(std::slice::from_ref(id)).await {
            Ok(found) => events.extend(found),
            Err(error) => tracing::error!(event.id = %id, %error, "event {id} could not be read"),
        }
    }
    events
}
