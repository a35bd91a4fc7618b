//! Works off the slots: takes those that are marked, decides their events, hands over what is owed, and goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::Span;
use tracing::field::Empty;

use super::command::pause;
use super::{Bridge, fact, needs};
use crate::coordination::{SlotBoard, Wake};
use crate::store::inbound::PendingFact;
use crate::store::{Changes, Desk, SlotsTurn, StoreError, TurnEnd, World};
use crate::telemetry::metrics;

/// Most slots of one decision. One that has to wait takes what was marked meanwhile: the busier, the larger.
const SLOTS: usize = 64;

/// Events of one decision.
const BATCH: usize = 256;

/// How often slots are looked through without having been told.
const POLL: Duration = Duration::from_secs(1);

/// How often parked events are looked at again, and the backlog is counted.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// The shortest time between two looks through all slots.
const REST: Duration = Duration::from_millis(100);

/// The wait after the database failed.
const OUTAGE: Duration = Duration::from_millis(500);

impl Bridge {
    /// Decides until told to stop and nothing that was marked is left.
    pub async fn work(&self, board: &SlotBoard, stop: &CancellationToken) {
        loop {
            let taken = tokio::select! {
                biased;
                taken = board.next(SLOTS) => taken,
                () = stop.cancelled() => return,
            };
            match self.turn(taken.slots(), BATCH).await {
                Ok(left) => board.mark(left),
                // It is looked for again soon, and does not hold up the others meanwhile.
                Err(error) if error.is_conflict() => stuck(taken.slots()),
                Err(error) => {
                    tracing::warn!(slots = ?taken.slots(), %error, "slots were not decided; trying again");
                    if stop.is_cancelled() {
                        return;
                    }
                    tokio::time::sleep(OUTAGE).await;
                    board.mark(taken.slots().iter().copied());
                }
            }
        }
    }

    /// Marks slots that other replicas, or a process before this one, left something in.
    pub async fn watch(&self, board: &SlotBoard, stop: &CancellationToken) {
        let mut woken = self.coordination.subscribe(Wake::Inbound);
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        loop {
            match self.store.pending_slots().await {
                Ok(slots) => board.mark(slots),
                Err(error) => tracing::warn!(%error, "pending slots were not read"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                _ = housekeeping.tick() => self.keep_house().await,
                ((), ()) = async { tokio::join!(woken.woken(), tokio::time::sleep(REST)) } => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn keep_house(&self) {
        let now = self.clock.now();
        if let Err(error) = self.store.retry_parked(now).await {
            tracing::warn!(%error, "parked events were not looked at");
        }
        if let Err(error) = self.store.forget_answers(now).await {
            tracing::warn!(%error, "old answers were not forgotten");
        }
        if let Err(error) = self.expire_links().await {
            tracing::warn!(%error, "links whose time is over were not ended");
        }
        if let Err(error) = self.expire_handoffs().await {
            tracing::warn!(%error, "handoffs that ran out were not taken on");
        }
        if let Err(error) = self.expire_consents().await {
            tracing::warn!(%error, "consents whose time is over were not ended");
        }
        if let Ok((count, _)) = self.store.inbound_backlog().await {
            metrics::lane_backlog(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }

    /// One decision on slots; those in which more may be waiting.
    #[tracing::instrument(name = "bridge.decide", skip_all, fields(slots = slots.len(), events = Empty))]
    async fn turn(&self, slots: &[i64], most: usize) -> Result<Vec<i64>, StoreError> {
        for tries in 1.. {
            let turn = match self.decide(slots, most).await {
                Err(error) if error.is_conflict() && tries < 5 => {
                    pause(tries).await;
                    continue;
                }
                Err(error) if error.is_conflict() && (slots.len() > 1 || most > 1) => {
                    return self.part(slots).await;
                }
                decided => decided?,
            };
            Span::current().record("events", turn.facts.len());
            let may_have_more = match turn.end {
                TurnEnd::Decided(committed) => {
                    self.count(&turn.facts);
                    self.hand_over(committed);
                    turn.facts.len() >= most
                }
                TurnEnd::Failed(why) => {
                    self.single_out(slots, &turn.facts, &why).await?;
                    true
                }
            };
            if !turn.busy.is_empty() {
                pause(4).await;
            }
            return Ok(if may_have_more { slots.to_vec() } else { turn.busy });
        }
        Ok(slots.to_vec())
    }

    async fn decide(&self, slots: &[i64], most: usize) -> Result<SlotsTurn, StoreError> {
        let now = self.clock.now();
        let desk = Desk { book: &*self.book, now };
        let vault = self.store.vault();
        self.store
            .decide_slots(
                (slots, i64::try_from(most).unwrap_or(i64::MAX)),
                &desk,
                |facts| needs::of_facts(facts, vault),
                |world, facts| {
                    let decided = AssertUnwindSafe(|| self.decide_all(world, facts));
                    catch_unwind(decided).map_err(|cause| describe(&*cause))
                },
            )
            .await
    }

    fn decide_all(&self, world: World, facts: &[PendingFact]) -> Changes {
        let mut draft = self.draft(world, self.clock.now());
        for pending in facts {
            fact::decide(&mut draft, pending);
        }
        draft.finish()
    }

    /// Slots in which something meets another writer each time are decided one by one, the events of one one by one: so
    /// that what never can be written stops its own slot alone.
    async fn part(&self, slots: &[i64]) -> Result<Vec<i64>, StoreError> {
        if let [_] = slots {
            Box::pin(self.turn(slots, 1)).await?;
            return Ok(slots.to_vec());
        }
        let mut left = Vec::new();
        for slot in slots {
            match Box::pin(self.turn(&[*slot], BATCH)).await {
                Ok(more) => left.extend(more),
                Err(error) if error.is_conflict() => stuck(&[*slot]),
                Err(error) => return Err(error),
            }
        }
        Ok(left)
    }

    /// A batch that broke our code is decided slot by slot, a slot event by event; a single one that does is set aside.
    async fn single_out(&self, slots: &[i64], facts: &[PendingFact], why: &str) -> Result<(), StoreError> {
        if let [broken] = facts {
            let seq = broken.seq;
            tracing::error!(seq, why, "inbound event {seq} broke a rule and was quarantined");
            metrics::inbound_quarantined("bug");
            return self.store.quarantine(seq, why).await;
        }
        tracing::warn!(
            why,
            events = facts.len(),
            "events that cannot be decided together are decided one by one: {why}"
        );
        let (turns, most) = if slots.len() > 1 { (1, BATCH) } else { (facts.len(), 1) };
        for slot in slots {
            for _ in 0..turns {
                Box::pin(self.turn(&[*slot], most)).await?;
            }
        }
        Ok(())
    }

    fn count(&self, facts: &[PendingFact]) {
        let now = self.clock.now();
        for fact in facts {
            metrics::inbound_decided(fact.received_at.until(now));
        }
    }
}

fn stuck(slots: &[i64]) {
    tracing::warn!(?slots, "the next event of slots {slots:?} meets another writer each time; trying again");
}

fn describe(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}
