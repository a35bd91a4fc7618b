//! Retention: prunes what was kept long enough, one replica at a time behind a fence, in steps that hold up nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config;
use crate::domain::id::ReplicaId;
use crate::domain::inbound::{ASK_AHEAD, ASK_LASTS};
use crate::domain::time::Timestamp;
use crate::store::retention::{Prunable, STEP};
use crate::store::{Fence, Store, StoreError};
use crate::telemetry::metrics;

const FENCE: &str = "retention";

/// How long the fence is held without a step.
const HELD_FOR: Duration = Duration::from_secs(60);

/// From a start to the first sweep, and from one sweep to the next.
const FIRST: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(3600);

/// Between two steps, so that the work of the day goes first.
const PAUSE: Duration = Duration::from_millis(50);

/// An event is kept this much longer than the oldest delivery that is still owed was made.
const MARGIN: Duration = Duration::from_secs(3600);

/// An event is kept this much longer than deliveries that are over: their tries take more than a day.
const TRIES_TAKE: Duration = Duration::from_secs(2 * 24 * 3600);

/// No cap looks back longer.
const CAPS_COUNT: Duration = Duration::from_secs(2 * 24 * 3600);

/// Prunes, or waits to take over from the replica that does.
pub struct Retention {
    store: Store,
    clock: Arc<dyn Clock>,
    replica: ReplicaId,
    periods: config::Retention,
}

impl Retention {
    /// One for this replica.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, replica: ReplicaId, periods: config::Retention) -> Self {
        Self { store, clock, replica, periods }
    }

    /// Sweeps every hour until told to stop; a step under way is then undone.
    pub async fn run(self, stop: CancellationToken) {
        let mut wait = FIRST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(wait) => {}
            }
            wait = EVERY;
            tokio::select! {
                () = stop.cancelled() => return,
                swept = self.sweep() => match swept {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "pruned {rows} rows that were kept long enough"),
                    Err(error) => tracing::warn!(%error, "what is over was not pruned; tried again in an hour"),
                },
            }
        }
    }

    /// Prunes all that is over, if it is ours to do, and empties the write-ahead log of an embedded database; how many
    /// rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        // Whoever sweeps: what another replica dropped is forgotten here too.
        self.store.forget_day_keys((now - self.periods.callbacks).day());
        let taken = self.store.take_fence(FENCE, &self.replica, now, now + HELD_FOR).await?;
        let Some(fence) = taken else { return Ok(0) };
        let pruned = self.prune_all(fence, now).await;
        self.store.hold_fence(fence, Timestamp::default()).await?;
        self.store.fold().await?;
        pruned
    }

    /// Keys after what is sealed under them, events after the deliveries that carry them.
    async fn prune_all(&self, fence: Fence, now: Timestamp) -> Result<u64, StoreError> {
        let (store, periods) = (&self.store, &self.periods);
        let callbacks = now - periods.callbacks;
        let mut rows = self.prune(fence, &store.prunable_callbacks(callbacks).await?).await?;
        let asks = callbacks.min(now - ASK_LASTS - ASK_AHEAD);
        rows += self.prune(fence, &store.prunable_inbound(callbacks, asks).await?).await?;
        rows += self.prune(fence, &store.prunable_rejected(callbacks)).await?;
        rows += self.prune(fence, &store.prunable_day_keys(callbacks.day()).await?).await?;
        rows += self.prune(fence, &store.prunable_receipt_links(now)).await?;
        rows += self.prune(fence, &store.prunable_caps(now - CAPS_COUNT)).await?;
        let deliveries = now - periods.deliveries;
        rows += self.prune(fence, &store.prunable_deliveries(deliveries)).await?;
        rows += self.prune(fence, &store.prunable_sends(now - periods.sends)).await?;
        rows += self.prune(fence, &store.prunable_audit(now - periods.audit).await?).await?;
        let events = self.events_until(now).await?;
        rows += self.prune(fence, &store.prunable_events(events).await?).await?;
        Ok(rows)
    }

    /// Up to when events can go: not before a delivery that could still carry them.
    async fn events_until(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let kept = self.periods.events.max(self.periods.deliveries + TRIES_TAKE);
        let owed = self.store.oldest_owed().await?.into_iter().map(|(_, made)| made - MARGIN).min();
        Ok(owed.map_or(now - kept, |owed| owed.min(now - kept)))
    }

    /// Step by step, until nothing is left or another replica has taken over.
    async fn prune(&self, fence: Fence, what: &Prunable) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let until = self.clock.now() + HELD_FOR;
            let rows = self.store.prune(fence, until, what).await?.unwrap_or_default();
            metrics::rows_pruned(what.table, rows);
            all += rows;
            if rows < STEP.unsigned_abs() {
                return Ok(all);
            }
            sleep(PAUSE).await;
        }
    }
}
