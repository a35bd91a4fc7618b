//! The one reader of time and chance. Everything else takes them as arguments or through these traits.
#![expect(clippy::disallowed_methods, reason = "this is the module the others must go through")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::id::Chance10;
use crate::domain::time::Timestamp;

/// Gives the present moment.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock, corrected by what the database says the time is: replicas must agree on leases.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    /// Database time minus monotonic elapsed, in milliseconds.
    base: AtomicI64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let base = AtomicI64::new(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        Self { started: Instant::now(), base }
    }
}

impl SystemClock {
    fn elapsed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Takes over the database's time, read just now.
    pub fn set(&self, database_now: Timestamp) {
        self.base.store(database_now.millis() - self.elapsed(), Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.base.load(Ordering::Relaxed) + self.elapsed())
    }
}

/// A clock that stands still until it is moved: for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Measures how long something took.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness: nothing secret may be made then.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "a service without randomness must not run")]
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// The chance part of a new id.
#[must_use]
pub fn chance() -> Chance10 {
    random()
}
