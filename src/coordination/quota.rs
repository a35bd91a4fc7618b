//! Rates: so many uses in a fixed window. Counting within this process is bounded in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;

const MOST_KEYS: usize = 10_000;

/// So many uses in a window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many uses.
    pub limit: u32,
    /// How long the window is; windows follow each other from the epoch on.
    pub window: Duration,
}

/// Where a use stands in its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many uses a window has.
    pub limit: u32,
    /// How many are left in this one.
    pub remaining: u32,
    /// When the next window begins.
    pub reset_after: Duration,
    /// Whether this use is within the limit.
    pub allowed: bool,
}

impl Rate {
    fn window_millis(self) -> i64 {
        i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX).max(1)
    }

    /// Which window that moment belongs to.
    pub(super) fn window_at(self, now: Timestamp) -> i64 {
        now.millis().div_euclid(self.window_millis())
    }

    pub(super) fn quota(self, used: u32, now: Timestamp) -> Quota {
        let into = now.millis().rem_euclid(self.window_millis());
        Quota {
            limit: self.limit,
            remaining: self.limit.saturating_sub(used),
            reset_after: Duration::from_millis((self.window_millis() - into).unsigned_abs()),
            allowed: used <= self.limit,
        }
    }
}

/// Counts of this process, each with the window it belongs to.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<HashMap<String, Count>>);

#[derive(Debug)]
struct Count {
    window: i64,
    ends: Timestamp,
    used: u32,
}

impl Counters {
    /// Counts one use; gives how many there were in this window.
    pub(super) fn count(&self, key: &str, rate: Rate, now: Timestamp) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS && !counts.contains_key(key) {
            make_room(&mut counts, now);
        }
        let fresh =
            Count { window: rate.window_at(now), ends: now + rate.quota(0, now).reset_after, used: 0 };
        let count = counts.entry(key.to_owned()).or_insert_with(|| Count { ..fresh });
        if count.window != fresh.window {
            *count = fresh;
        }
        count.used = count.used.saturating_add(1);
        count.used
    }
}

/// Drops what is over; all of it when that is not enough, which lets a few uses too many through.
fn make_room(counts: &mut HashMap<String, Count>, now: Timestamp) {
    counts.retain(|_, count| count.ends > now);
    if counts.len() >= MOST_KEYS {
        counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { limit: 2, window: Duration::from_secs(60) };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn uses_beyond_the_limit_are_not_allowed_until_the_window_ends() {
        let counters = Counters::default();
        let take = |millis| RATE.quota(counters.count("k", RATE, at(millis)), at(millis));
        assert_eq!(take(0).remaining, 1);
        assert_eq!(take(1).remaining, 0);
        let over = take(45_000);
        assert_eq!((over.allowed, over.reset_after), (false, Duration::from_secs(15)));
        assert!(take(60_000).allowed);
    }

    #[test]
    fn keys_are_counted_apart() {
        let counters = Counters::default();
        assert_eq!(counters.count("a", RATE, at(0)), 1);
        assert_eq!(counters.count("b", RATE, at(0)), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let counters = Counters::default();
        for n in 0..MOST_KEYS * 2 + 1 {
            counters.count(&n.to_string(), RATE, at(0));
        }
        assert!(counters.0.lock().unwrap().len() <= MOST_KEYS);
    }
}
