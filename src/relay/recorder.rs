//! Writes down what came of deliveries: whatever ends while one commit is under way goes with the next.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use super::{Record, Relay, worker};
use crate::coordination::Wake;
use crate::store::{Desk, Settled, Settlement, StoreError};

/// Most records of one commit.
const MOST: usize = 128;

/// The wait after the database did not take them.
const OUTAGE: Duration = Duration::from_millis(200);

/// Runs until the relay is closing and all is written down.
pub(super) async fn run(relay: Relay, mut records: UnboundedReceiver<Record>) {
    let mut batch = Vec::new();
    loop {
        let received = tokio::select! {
            received = records.recv_many(&mut batch, MOST) => received,
            () = relay.0.closing.cancelled(), if !records.is_closed() => {
                records.close();
                continue;
            }
        };
        if received == 0 {
            return;
        }
        let frees = batch.iter().any(|record: &Record| record.frees);
        let settlements: Vec<Settlement> = batch.drain(..).flat_map(|record| record.settlements).collect();
        if let Err(error) = write_down(&relay, &settlements).await {
            tracing::error!(%error, "outcomes were refused by the store; each is written down alone");
            for settlement in &settlements {
                alone(&relay, settlement).await;
            }
        }
        if frees {
            relay.0.due.notify_one();
        }
    }
}

/// Tries until the database takes them, or says that they are wrong.
async fn write_down(relay: &Relay, settlements: &[Settlement]) -> Result<(), StoreError> {
    loop {
        let desk = Desk { book: relay, now: relay.0.parts.clock.now() };
        match relay.0.parts.store.settle(settlements, &desk).await {
            Ok(settled) => {
                follow_up(relay, settled);
                return Ok(());
            }
            Err(error) if error.is_conflict() || error.is_unavailable() => {
                tracing::warn!(%error, "outcomes were not written down; trying again");
                sleep(OUTAGE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn alone(relay: &Relay, settlement: &Settlement) {
    if let Err(error) = write_down(relay, std::slice::from_ref(settlement)).await {
        let id = &settlement.id;
        tracing::error!(delivery.id = %id, %error, "the outcome of delivery {id} was lost; its lease will run out");
    }
}

fn follow_up(relay: &Relay, settled: Settled) {
    relay.0.parts.slots.mark(settled.slots);
    worker::shed(&relay.0, &settled.opened);
    if !settled.committed.events.is_empty() {
        relay.0.parts.coordination.notify(Wake::Events);
    }
    worker::take_over(&relay.0, settled.committed);
    if settled.frees {
        relay.0.due.notify_one();
    }
}
