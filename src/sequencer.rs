//! The sequencer: gives events their dense position and seals the ledgers, one replica at a time behind a fence.

mod anchor;
mod heads;
mod sealing;

pub use self::anchor::Anchors;
pub use self::heads::Heads;
pub use self::sealing::Sealing;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::coordination::{Coordination, Wake};
use crate::domain::id::ReplicaId;
use crate::domain::time::Timestamp;
use crate::store::{Fence, Store, StoreError};

const FENCE: &str = "sequencer";

/// How long the fence is held without being passed.
const HELD_FOR: Duration = Duration::from_secs(10);

/// Events of one commit.
const BATCH: i64 = 1000;

/// How often it looks without being told, while there is work and while there is none.
const BUSY: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_secs(1);

/// Numbers events, or waits to take over from the replica that does.
pub struct Sequencer {
    store: Store,
    clock: Arc<dyn Clock>,
    coordination: Arc<Coordination>,
    replica: ReplicaId,
    /// The fence while we have it, and until when.
    held: Option<(Fence, Timestamp)>,
    sealing: Option<Sealing>,
}

impl Sequencer {
    /// One for this replica.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        coordination: Arc<Coordination>,
        replica: ReplicaId,
    ) -> Self {
        Self { store, clock, coordination, replica, held: None, sealing: None }
    }

    /// That also seals the ledgers.
    #[must_use]
    pub fn with_ledgers(self, sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..self }
    }

    /// Runs until told to stop; then lets the fence go.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut woken = self.coordination.subscribe(Wake::Events);
        let mut pause = IDLE;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = woken.woken() => {}
                () = sleep(pause) => {}
            }
            pause = match self.round().await {
                Ok(0) => IDLE,
                Ok(_) => BUSY,
                Err(error) => {
                    tracing::warn!(%error, "events were not numbered, or the ledgers not sealed");
                    IDLE
                }
            };
        }
        self.let_go().await;
    }

    /// Seals first: what that tells is numbered with the rest.
    async fn round(&mut self) -> Result<usize, StoreError> {
        let sealed = self.seal().await?;
        let numbered = self.number().await?;
        self.anchor().await?;
        Ok(sealed + numbered)
    }

    /// Numbers what there is, if it is ours to do; how many events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number(&mut self) -> Result<usize, StoreError> {
        let mut count = 0;
        while let Some(fence) = self.fence().await? {
            if !self.store.has_unnumbered().await? {
                break;
            }
            let until = self.clock.now() + HELD_FOR;
            let numbered = self.store.number_events(fence, until, BATCH).await?;
            self.held = numbered.map(|_| (fence, until));
            count += numbered.unwrap_or_default();
            // What comes meanwhile has its turn after the sealing.
            if numbered.is_none_or(|numbered| numbered < BATCH.unsigned_abs() as usize) {
                break;
            }
        }
        if count > 0 {
            self.coordination.notify(Wake::Events);
        }
        Ok(count)
    }

    /// The fence, held a while longer; `None` while another replica has it.
    async fn fence(&mut self) -> Result<Option<Fence>, StoreError> {
        let now = self.clock.now();
        let until = now + HELD_FOR;
        if let Some((fence, held)) = self.held {
            if now + HELD_FOR / 2 < held {
                return Ok(Some(fence));
            }
            if self.store.hold_fence(fence, until).await? {
                self.held = Some((fence, until));
                return Ok(Some(fence));
            }
        }
        let taken = self.store.take_fence(FENCE, &self.replica, now, until).await?;
        self.held = taken.map(|fence| (fence, until));
        Ok(taken)
    }

    async fn let_go(self) {
        if let Some((fence, _)) = self.held
            && let Err(error) = self.store.hold_fence(fence, Timestamp::default()).await
        {
            tracing::warn!(%error, "the sequencer's fence was not let go; it will run out");
        }
    }
}
