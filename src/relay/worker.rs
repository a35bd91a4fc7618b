//! Takes jobs whose turn has come, tries them, and says what came of it.

use std::sync::Arc;

use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Shared;
use super::job::{self, Job};
use super::lanes::Filled;
use super::{provider, webhook};
use crate::clock::Stopwatch;
use crate::coordination::Wake;
use crate::domain::delivery::DeliveryKind;
use crate::store::{Committed, End, Settlement, StoreError, Tried};
use crate::telemetry::metrics;

/// Takes over what a commit has left: what is leased goes out, the rest is claimed when it is due.
pub(super) fn take_over(shared: &Arc<Shared>, mut committed: Committed) {
    let bodies = job::render(&mut committed);
    let now = shared.parts.clock.now();
    let mut lost = Vec::new();
    let mut waits = false;
    let mut board = shared.board();
    for stored in committed.deliveries {
        waits |= !stored.leased;
        let Some(job) = stored.leased.then(|| Job::fresh(stored, &bodies)).flatten() else { continue };
        match board.lanes.fill(job) {
            Filled::Waits => {}
            Filled::Turn(job) => board.ready.push(job),
            Filled::Lost(job) => lost.push(job.back(now)),
        }
    }
    let is_full = board.lanes.is_full();
    drop(board);
    shared.record(lost, true);
    pump(shared);
    if waits {
        shared.due.notify_one();
    }
    if waits && is_full {
        shared.parts.coordination.notify(Wake::Deliveries);
    }
}

/// Begins whatever may go out now.
pub(super) fn pump(shared: &Arc<Shared>) {
    loop {
        let mut board = shared.board();
        let Some(job) = (if board.is_closed { None } else { board.ready.pop() }) else { return };
        drop(board);
        let kind = job.kind().as_str();
        let span = tracing::info_span!(parent: &job.span, "relay.send", delivery.id = %job.id, kind, outcome = Empty);
        shared.sends.spawn(work(shared.clone(), job).instrument(span));
    }
}

async fn work(shared: Arc<Shared>, job: Job) {
    let settlement = match attempt(&shared, &job).await {
        Ok(settlement) => settlement,
        Err(error) => {
            tracing::warn!(delivery.id = %job.id, %error, "delivery {} was not tried; it goes back", job.id);
            Some(job.put_off(shared.parts.clock.now()))
        }
    };
    end(&shared, &job, settlement);
    pump(&shared);
}

/// Tries one; `None` when it is not ours any more.
async fn attempt(shared: &Shared, job: &Job) -> Result<Option<Settlement>, StoreError> {
    let now = shared.parts.clock.now();
    if !job.is_ours(now) {
        return Ok(Some(job.back(now)));
    }
    match job.kind() {
        DeliveryKind::Webhook => webhook::deliver(shared, job).await.map(Some),
        DeliveryKind::Provider => provider::send(shared, job).await,
    }
}

/// Lets the lane go on, or sends it back with its head.
fn end(shared: &Shared, job: &Job, settlement: Option<Settlement>) {
    let now = shared.parts.clock.now();
    let holds = settlement.as_ref().is_some_and(|one| one.end.holds());
    let due_at = match &settlement {
        Some(Settlement { end: End::Again { due_at, .. }, .. }) => *due_at,
        _ => now,
    };
    let mut board = shared.board();
    board.ready.back(job);
    let after = board.lanes.end(job, holds, now);
    if let Some(next) = after.next {
        board.ready.push(next);
    }
    drop(board);
    let mut settlements: Vec<Settlement> = settlement.into_iter().collect();
    settlements.extend(after.back.iter().map(|job| job.back(due_at)));
    shared.record(settlements, !job.is_fresh);
}

/// Sends back all that waits in memory for destinations that do not work.
pub(super) fn shed(shared: &Shared, destinations: &[String]) {
    let now = shared.parts.clock.now();
    let mut settlements = Vec::new();
    let mut board = shared.board();
    for job in destinations.iter().flat_map(|name| board.ready.drain(name)).collect::<Vec<_>>() {
        let after = board.lanes.end(&job, job.lane.is_some(), now);
        settlements.push(job.back(now));
        settlements.extend(after.back.iter().map(|job| job.back(now)));
    }
    drop(board);
    shared.record(settlements, false);
}

/// What came of a try, with its place in the metrics.
pub(super) fn tried(job: &Job, end: End, tried: Tried, watch: Stopwatch) -> Settlement {
    Span::current().record("outcome", end.word());
    metrics::delivery_tried(job.kind().as_str(), end.word(), watch.elapsed());
    job.settled(end, Some(tried))
}

/// The milliseconds since `watch` was started.
pub(super) fn millis(watch: Stopwatch) -> i64 {
    i64::try_from(watch.elapsed().as_millis()).unwrap_or(i64::MAX)
}
