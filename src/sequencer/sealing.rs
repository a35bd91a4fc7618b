//! Sealing what decisions handed in, ledger by ledger. A ledger whose signer refuses waits for a person; the others go on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::anchor::Anchors;
use super::{HELD_FOR, Sequencer};
use crate::coordination::Wake;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;
use crate::store::delivery::LaneBook;
use crate::store::ledger::{Batch, HeadRecord, Seal, SealError};
use crate::store::{Desk, StoreError};
use crate::telemetry::metrics;

/// Events of one batch.
const BATCH: i64 = 500;

/// Batches of a ledger before other work has its turn.
const MOST_ROUNDS: usize = 8;

/// How long a ledger whose signer refuses is left alone.
const SET_ASIDE: Duration = Duration::from_secs(5);

/// How often the age of what waits is measured.
const MEASURED_EVERY: Duration = Duration::from_secs(10);

/// What sealing needs.
pub struct Sealing {
    book: Arc<dyn LaneBook>,
    heads: Arc<dyn HeadRecord>,
    anchors: Anchors,
    host: String,
    /// Ledgers whose signer refuses, and when they are looked at again.
    refused: HashMap<WorkspaceId, Timestamp>,
    next_measure: Timestamp,
}

impl Sealing {
    /// With the relay's order of work, the record of heads, and what the origins of new ledgers begin with.
    #[must_use]
    pub fn new(
        book: Arc<dyn LaneBook>,
        heads: impl HeadRecord + 'static,
        anchors: Anchors,
        host: &str,
    ) -> Self {
        Self {
            book,
            heads: Arc::new(heads),
            anchors,
            host: host.to_owned(),
            refused: HashMap::new(),
            next_measure: Timestamp::default(),
        }
    }
}

impl Sequencer {
    /// Seals what waits, if it is ours to do; how many events. What comes meanwhile has its turn after the numbering.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seal(&mut self) -> Result<usize, StoreError> {
        let mut count = 0;
        for _ in 0..MOST_ROUNDS {
            let sealed = self.seal_round().await?;
            if sealed == 0 {
                break;
            }
            count += sealed;
        }
        if count > 0 {
            self.coordination.notify(Wake::Events);
        }
        self.measure().await?;
        Ok(count)
    }

    /// One batch of each ledger for which something waits.
    async fn seal_round(&mut self) -> Result<usize, StoreError> {
        if self.sealing.is_none() || self.fence().await?.is_none() {
            return Ok(0);
        }
        let mut count = 0;
        for ledger in self.store.unsealed_ledgers().await? {
            count += self.seal_ledger(&ledger).await?;
        }
        Ok(count)
    }

    async fn seal_ledger(&mut self, ledger: &WorkspaceId) -> Result<usize, StoreError> {
        let Some(fence) = self.fence().await? else { return Ok(0) };
        let now = self.clock.now();
        let Some(sealing) = &mut self.sealing else { return Ok(0) };
        if sealing.refused.get(ledger).is_some_and(|until| *until > now) {
            return Ok(0);
        }
        let until = now + HELD_FOR;
        let seal = Seal { fence, until, heads: sealing.heads.clone(), host: &sealing.host, limit: BATCH };
        let desk = Desk { book: &*sealing.book, now };
        match self.store.seal(ledger, &seal, &desk).await {
            Ok(None) => {
                self.held = None;
                Ok(0)
            }
            Ok(Some(batch)) => {
                self.held = Some((fence, until));
                Ok(sealing.sealed(ledger, batch, now))
            }
            Err(SealError::Store(error)) if error.is_conflict() => {
                tracing::debug!(ledger = %ledger, "ledger {ledger} was not sealed: another writer was faster");
                Ok(0)
            }
            Err(SealError::Store(error)) if !error.is_ours() => Err(error),
            Err(error) => {
                sealing.refuse(ledger, &error, now);
                Ok(0)
            }
        }
    }

    /// Puts heads aside when it is time and the ledgers are ours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn anchor(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.held.is_none() || !self.sealing.as_mut().is_some_and(|sealing| sealing.anchors.is_due(now)) {
            return Ok(());
        }
        let heads = self.store.ledger_heads().await?;
        let Some(anchors) = self.sealing.as_ref().map(|sealing| sealing.anchors.clone()) else {
            return Ok(());
        };
        let put = move || heads.iter().try_for_each(|(ledger, head)| anchors.put(ledger, head));
        let done = tokio::task::spawn_blocking(put).await.map_err(std::io::Error::other).flatten();
        if let Err(error) = done {
            tracing::error!(%error, "heads of the ledgers were not put aside: {error}");
        }
        Ok(())
    }

    /// Says how long the oldest event has waited, whoever seals.
    async fn measure(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(sealing) = self.sealing.as_mut().filter(|sealing| sealing.next_measure <= now) else {
            return Ok(());
        };
        sealing.next_measure = now + MEASURED_EVERY;
        let oldest = self.store.oldest_unsealed().await?;
        metrics::oldest_unsealed(oldest.map_or(Duration::ZERO, |since| since.until(now)));
        Ok(())
    }
}

impl Sealing {
    fn sealed(&mut self, ledger: &WorkspaceId, batch: Batch, now: Timestamp) -> usize {
        let count = batch.accepted.len();
        batch.accepted.iter().for_each(|at| metrics::consent_sealed(at.until(now)));
        self.book.hand_over(batch.committed);
        if self.refused.remove(ledger).is_some() {
            metrics::ledgers_refused(self.refused.len());
            tracing::info!(ledger = %ledger, "the ledger of {ledger} is sealed again");
        }
        count
    }

    fn refuse(&mut self, ledger: &WorkspaceId, why: &SealError, now: Timestamp) {
        if self.refused.insert(ledger.clone(), now + SET_ASIDE).is_none() {
            tracing::error!(ledger = %ledger, %why, "the ledger of {ledger} is not sealed: {why}");
        }
        metrics::ledgers_refused(self.refused.len());
    }
}
