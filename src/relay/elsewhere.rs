//! For a process that decides but does not send: deliveries wait in the database for a replica that does.

use std::sync::Arc;

use crate::coordination::{Coordination, Wake};
use crate::domain::id::{DeliveryId, ReplicaId};
use crate::store::Committed;
use crate::store::delivery::{LaneBook, NewDelivery};

/// A relay that runs in other processes.
pub struct Elsewhere {
    replica: ReplicaId,
    coordination: Arc<Coordination>,
}

impl Elsewhere {
    /// Wakes the others through `coordination`.
    #[must_use]
    pub fn new(replica: ReplicaId, coordination: Arc<Coordination>) -> Self {
        Self { replica, coordination }
    }
}

impl LaneBook for Elsewhere {
    fn replica(&self) -> &ReplicaId {
        &self.replica
    }

    fn reserve(&self, _: &NewDelivery) -> bool {
        false
    }

    fn cancel(&self, _: &[DeliveryId]) {}

    fn forget_targets(&self) {}

    fn hand_over(&self, committed: Committed) {
        if !committed.deliveries.is_empty() {
            self.coordination.notify(Wake::Deliveries);
        }
    }
}
