//! Callbacks counted in memory until they are written: one short lock each, no query.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::health::{ACCEPTED, slice};
use crate::domain::id::ConnectionId;
use crate::domain::time::Timestamp;
use crate::store::health::Heard;

/// What was counted since it was last taken.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Heard>);

impl Tally {
    pub(super) fn accepted(&self, id: &ConnectionId, now: Timestamp) {
        self.change(|heard| {
            *heard.counts.entry((id.clone(), slice(now), ACCEPTED)).or_default() += 1;
            match heard.callbacks.get_mut(id) {
                Some(at) => *at = now,
                None => drop(heard.callbacks.insert(id.clone(), now)),
            }
        });
    }

    pub(super) fn rejected(&self, id: &ConnectionId, check: &'static str, now: Timestamp) {
        self.change(|heard| *heard.counts.entry((id.clone(), slice(now), check)).or_default() += 1);
    }

    pub(super) fn challenged(&self, id: &ConnectionId, now: Timestamp) {
        self.change(|heard| {
            heard.challenges.insert(id.clone(), now);
        });
    }

    fn change(&self, by: impl FnOnce(&mut Heard)) {
        by(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Tally {
    /// What was heard since the last time this was asked.
    #[must_use]
    pub fn take(&self) -> Heard {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives back what could not be written, to be written the next time.
    pub fn give_back(&self, heard: Heard) {
        let mut newer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, count) in heard.counts {
            *newer.counts.entry(key).or_default() += count;
        }
        keep_older(&mut newer.callbacks, heard.callbacks);
        keep_older(&mut newer.challenges, heard.challenges);
    }
}

/// Puts back what nothing newer stands in place of.
fn keep_older(newer: &mut BTreeMap<ConnectionId, Timestamp>, older: BTreeMap<ConnectionId, Timestamp>) {
    for (id, at) in older {
        newer.entry(id).or_insert(at);
    }
}
