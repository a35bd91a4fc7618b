//! The relay: sends what is owed, to webhooks and to providers, and writes down what came of it.
//!
//! Fresh deliveries come in memory, leased, right after their commit ([`Relay`] is the bridge's [`LaneBook`]). What has
//! to wait (a retry, a lane held by another replica, an open circuit, no room) waits in the database, and the recovery
//! claims it from there. What a send teaches goes back to the bridge as a fact; no rule lives here.

mod batch;
mod elsewhere;
mod job;
mod lanes;
mod provider;
mod ready;
mod recorder;
mod recovery;
mod targets;
mod tokens;
mod webhook;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::coordination::{Coordination, SlotBoard, Wake};
use crate::domain::id::{DeliveryId, ReplicaId};
use crate::outbound::Outbound;
use crate::store::delivery::{LaneBook, NewDelivery};
use crate::store::{Committed, Settlement, Store};

pub use elsewhere::Elsewhere;

use batch::{Gate, Loads};
use lanes::Lanes;
use ready::Ready;
use targets::Targets;

/// What the relay works with.
#[derive(Clone)]
pub struct Parts {
    /// The system of record.
    pub store: Store,
    /// The way out.
    pub outbound: Outbound,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The other replicas.
    pub coordination: Arc<Coordination>,
    /// Where the bridge hears of facts.
    pub slots: Arc<SlotBoard>,
    /// Who leases.
    pub replica: ReplicaId,
    /// The origin providers call.
    pub public_url: String,
}

/// The outbox worker of this replica. Cheap to clone.
#[derive(Clone)]
pub struct Relay(Arc<Shared>);

/// What all its tasks share.
struct Shared {
    parts: Parts,
    board: Mutex<Board>,
    targets: Targets,
    loads: Loads,
    gate: Gate,
    records: mpsc::UnboundedSender<Record>,
    /// Something may be due.
    due: Notify,
    sends: TaskTracker,
    recorder: TaskTracker,
    stop: CancellationToken,
    /// Nothing more will be recorded.
    closing: CancellationToken,
}

/// What is to be written down.
struct Record {
    settlements: Vec<Settlement>,
    /// Whether something in the database may wait for that.
    frees: bool,
}

/// The order of work in memory.
#[derive(Default)]
struct Board {
    lanes: Lanes,
    ready: Ready,
    is_closed: bool,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, settlements: Vec<Settlement>, frees: bool) {
        if !settlements.is_empty() {
            // When the recorder has ended, the lease is given back or runs out.
            let _ = self.records.send(Record { settlements, frees });
        }
    }
}

impl Relay {
    /// Starts to send. To be called within the runtime.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let (records, recorded) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            board: Mutex::default(),
            targets: Targets::default(),
            loads: batch::loads(&parts),
            gate: batch::gate(&parts),
            parts,
            records,
            due: Notify::new(),
            sends: TaskTracker::new(),
            recorder: TaskTracker::new(),
            stop: CancellationToken::new(),
            closing: CancellationToken::new(),
        });
        let relay = Self(shared.clone());
        shared.recorder.spawn(recorder::run(relay.clone(), recorded));
        shared.sends.spawn(recovery::run(shared.clone()));
        relay
    }

    /// Stops: nothing new is begun; what is on the wire may end within `patience`; the rest is given back.
    pub async fn stop(&self, patience: Duration) {
        let Shared { parts, sends, recorder, stop, closing, .. } = &*self.0;
        self.0.board().is_closed = true;
        stop.cancel();
        sends.close();
        if timeout(patience, sends.wait()).await.is_err() {
            tracing::warn!("some sends did not end in time; what came of them will be found out later");
        }
        closing.cancel();
        recorder.close();
        if timeout(patience, recorder.wait()).await.is_err() {
            tracing::warn!("some outcomes could not be written down in time");
        }
        match parts.store.release_leases(&parts.replica).await {
            Ok(released) => {
                tracing::info!(released, "the relay stopped; {released} deliveries were given back");
            }
            Err(error) => tracing::warn!(%error, "deliveries were not given back; their leases will run out"),
        }
        parts.coordination.notify(Wake::Deliveries);
    }
}

impl LaneBook for Relay {
    fn replica(&self) -> &ReplicaId {
        &self.0.parts.replica
    }

    fn reserve(&self, delivery: &NewDelivery) -> bool {
        let now = self.0.parts.clock.now();
        let mut board = self.0.board();
        !board.is_closed && board.lanes.reserve(delivery, now)
    }

    fn cancel(&self, deliveries: &[DeliveryId]) {
        let mut board = self.0.board();
        for job in board.lanes.cancel(deliveries) {
            board.ready.push(job);
        }
        drop(board);
        worker::pump(&self.0);
    }

    fn forget_targets(&self) {
        self.0.targets.clear();
    }

    fn hand_over(&self, committed: Committed) {
        worker::take_over(&self.0, committed);
    }
}
