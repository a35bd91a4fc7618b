//! What replicas tell each other: that there is work, and how much of a rate is used. The only user of Redis.
//!
//! Nothing here is a truth. Without Redis, or while it is away, the same works within this process alone.

mod bells;
mod outage;
mod quota;
mod remote;
mod slots;
mod wire;

use std::time::Duration;

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

pub use bells::{Wake, Waker};
pub use quota::{Quota, Rate};
pub use remote::{InvalidRedisUrl, check};
pub use slots::{SlotBoard, TakenSlots};

use bells::Bells;
use quota::Counters;
use remote::Remote;

/// Wake-ups and rate counters, shared with other replicas where there is a Redis. Lives as long as the process.
pub struct Coordination {
    bells: Bells,
    counters: Counters,
    remote: Option<Remote>,
}

impl Coordination {
    /// For a process on its own.
    #[must_use]
    pub fn local() -> Self {
        Self { bells: Bells::default(), counters: Counters::default(), remote: None }
    }

    /// For replicas that share a Redis; `prefix` names what they share, and `replica` this one among them.
    /// Connects in the background, for as long as it takes. To be called within the runtime.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn shared(url: &Secret, prefix: &str, replica: [u8; 8]) -> Result<Self, InvalidRedisUrl> {
        let bells = Bells::default();
        let remote = Remote::start(url, prefix, replica, bells.clone())?;
        Ok(Self { bells, counters: Counters::default(), remote: Some(remote) })
    }

    /// Waits up to that long for a shared count, instead of 50 milliseconds.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        if let Some(remote) = &mut self.remote {
            remote.patience = patience;
        }
        self
    }

    /// Says that there is work, here and to the other replicas. Never waits and never fails.
    pub fn notify(&self, wake: Wake) {
        self.bells.ring(wake);
        if let Some(remote) = &self.remote {
            remote.notify(wake);
        }
    }

    /// Hears of work from now on.
    #[must_use]
    pub fn subscribe(&self, wake: Wake) -> Waker {
        self.bells.subscribe(wake)
    }

    /// Counts one use under `key` at `now`. While Redis is away each replica counts for itself.
    pub async fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Quota {
        let shared = match &self.remote {
            Some(remote) => remote.count(key, rate, now).await,
            None => None,
        };
        rate.quota(shared.unwrap_or_else(|| self.counters.count(key, rate, now)), now)
    }
}
