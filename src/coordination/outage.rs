//! Whether Redis is away: said once when it begins and once when it ends.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by all that talk to Redis.
#[derive(Debug, Default)]
pub(super) struct Outage(AtomicBool);

impl Outage {
    pub(super) fn began(&self, why: &dyn Display) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(%why, "redis went away: replicas poll, and count rates for themselves");
        }
    }

    pub(super) fn ended(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("redis came back");
        }
    }
}
