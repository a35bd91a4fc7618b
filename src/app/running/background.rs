//! What runs beside the servers: deciding, numbering events, reading the database's clock, upkeep of the metrics.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Process;
use crate::app::Role;
use crate::bridge::Bridge;
use crate::config::{self, Settings};
use crate::gateway::Tally;
use crate::retention::Retention;
use crate::sequencer::{Anchors, Heads, Sealing, Sequencer};
use crate::telemetry::Metrics;

/// Decisions made side by side on a database server; an embedded one has a single writer.
const WORKERS_ON_SERVER: usize = 4;

/// How often the database's clock is read.
const CLOCK_READ_EVERY: Duration = Duration::from_secs(10);

/// How often what the gateway heard is written down, and the rejection alarm looked at.
const HEARD_EVERY: Duration = Duration::from_secs(5);

impl Process {
    pub(super) fn spawn_workers(&self, settings: &Settings) {
        if self.role == Role::Gateway {
            return;
        }
        let workers = if self.store.is_shared() { WORKERS_ON_SERVER } else { 1 };
        for _ in 0..workers {
            let (bridge, board, drained) = (self.bridge.clone(), self.board.clone(), self.drained.clone());
            self.tasks.spawn(async move { bridge.work(&board, &drained).await });
        }
        let (bridge, board, drained) = (self.bridge.clone(), self.board.clone(), self.drained.clone());
        self.tasks.spawn(async move { bridge.watch(&board, &drained).await });
        let (store, clock, coordination) =
            (self.store.clone(), self.clock.clone(), self.coordination.clone());
        let sequencer = Sequencer::new(store, clock, coordination, self.replica.clone());
        let sequencer = sequencer.with_ledgers(self.sealing(settings));
        self.tasks.spawn(sequencer.run(self.drained.clone()));
    }

    fn sealing(&self, settings: &Settings) -> Sealing {
        let heads = Heads::new(&settings.ledger_heads);
        let anchors = Anchors::new(&settings.ledger_anchors, settings.ledger_anchor_every);
        let origin = settings.public_url.origin();
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        Sealing::new(self.book.clone(), heads, anchors, host)
    }

    pub(super) fn spawn_retention(&self, periods: config::Retention) {
        if self.role == Role::Gateway {
            return;
        }
        let retention = Retention::new(self.store.clone(), self.clock.clone(), self.replica.clone(), periods);
        self.tasks.spawn(retention.run(self.stopping.clone()));
    }

    /// Replicas must agree on when a lease ends, so the database's clock is everybody's.
    pub(super) fn spawn_clock(&self) {
        let (store, clock, drained) = (self.store.clone(), self.clock.clone(), self.drained.clone());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = drained.cancelled() => return,
                    () = tokio::time::sleep(CLOCK_READ_EVERY) => {}
                }
                if let Ok(now) = store.now().await {
                    clock.set(now);
                }
            }
        });
    }

    /// Counts callbacks for the rejection alarm; what is left is written down at the end.
    pub(super) fn spawn_health(&self, tally: Arc<Tally>) {
        if self.role == Role::Worker {
            return;
        }
        let (bridge, drained) = (self.bridge.clone(), self.drained.clone());
        self.tasks.spawn(async move {
            while !drained.is_cancelled() {
                tokio::select! {
                    () = drained.cancelled() => {}
                    () = tokio::time::sleep(HEARD_EVERY) => {}
                }
                note_health(&tally, &bridge).await;
            }
        });
    }

    pub(super) fn spawn_upkeep(&self, metrics: &Metrics) {
        let (metrics, drained) = (metrics.clone(), self.drained.clone());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = drained.cancelled() => return,
                    () = tokio::time::sleep(Duration::from_secs(5)) => metrics.upkeep(),
                }
            }
        });
    }
}

async fn note_health(tally: &Tally, bridge: &Bridge) {
    let heard = tally.take();
    let of: BTreeSet<_> = heard.connections();
    if let Err(cause) = bridge.note_heard(&heard).await {
        tracing::warn!(%cause, "callbacks could not be counted; they will be with the next ones");
        tally.give_back(heard);
        return;
    }
    if let Err(cause) = bridge.watch_health(of).await {
        tracing::warn!(%cause, "how connections stand could not be looked at");
    }
}
