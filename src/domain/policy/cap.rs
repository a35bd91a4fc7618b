//! How much is sent without a person: caps against floods to numbers nobody asked for and nobody pays for gladly.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Reason;
use crate::domain::time::Timestamp;
use crate::domain::workspace::Limits;

/// Sends are counted in slices of this length.
pub const SLICE: Duration = Duration::from_secs(10 * 60);

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cap {
    /// Automatic answers to one number of which nothing is proven.
    Replies,
    /// Codes to one number.
    Codes,
    /// Automatic texts to numbers alike but for their last four digits.
    Prefix,
    /// Automatic texts to one country.
    Country,
}

impl Cap {
    /// The word for it in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replies => "replies",
            Self::Codes => "codes",
            Self::Prefix => "prefix",
            Self::Country => "country",
        }
    }

    pub(super) const fn reason(self) -> Reason {
        match self {
            Self::Replies => Reason::ReplyCap,
            Self::Codes => Reason::CodeCap,
            Self::Prefix => Reason::PrefixCap,
            Self::Country => Reason::CountryBudget,
        }
    }

    /// How many, in which time.
    fn limit(self, limits: &Limits) -> (u32, Duration) {
        match self {
            Self::Replies => (limits.unproven_replies_per_day, DAY),
            Self::Codes => (limits.code_sends_per_number_per_day, DAY),
            Self::Prefix => (limits.prefix_texts_per_hour, HOUR),
            Self::Country => (limits.country_texts_per_day, DAY),
        }
    }
}

/// What was sent under a cap, in slices of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The cap.
    pub cap: Cap,
    /// When and how often.
    pub spent: Spent,
}

/// Sends by the slice they fell into, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// When the last was sent.
    pub last_at: Option<i64>,
    /// The beginning of each slice, in epoch milliseconds, and how many fell into it.
    pub slices: Vec<(i64, u32)>,
}

impl Spending {
    /// When the next may be sent, if that is not now. A slice counts until all of it is out of the window, so that never
    /// more are sent in any window of time.
    #[must_use]
    pub fn exhausted(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        let (most, window) = self.cap.limit(limits);
        let count = self.spent.free_at(most, window, now);
        let gap = self.spent.last_at.filter(|_| self.cap == Cap::Replies);
        let gap = gap.map(|last| Timestamp::from_millis(last) + limits.unproven_reply_gap);
        count.max(gap.filter(|free| *free > now))
    }
}

impl Spent {
    fn free_at(&self, most: u32, window: Duration, now: Timestamp) -> Option<Timestamp> {
        let leaves = |begins: i64| Timestamp::from_millis(begins) + SLICE + window;
        let live: Vec<(Timestamp, u32)> = self
            .slices
            .iter()
            .map(|(begins, count)| (leaves(*begins), *count))
            .filter(|(at, _)| *at > now)
            .collect();
        let mut left: u32 = live.iter().map(|(_, count)| count).sum();
        if left < most {
            return None;
        }
        for (at, count) in &live {
            left -= count;
            if left < most {
                return Some(*at);
            }
        }
        Some(now + window)
    }

    /// Counts one more at `now` and forgets what no window reaches.
    pub fn spend(&mut self, now: Timestamp) {
        let slice = i64::try_from(SLICE.as_millis()).unwrap_or(i64::MAX);
        let begins = now.millis() - now.millis().rem_euclid(slice);
        let forgotten = (now - (DAY + SLICE)).millis();
        self.slices.retain(|(at, _)| *at >= forgotten);
        match self.slices.last_mut() {
            Some((at, count)) if *at >= begins => *count += 1,
            _ => self.slices.push((begins, 1)),
        }
        self.last_at = self.last_at.max(Some(now.millis()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn an_unproven_number_is_answered_once_in_ten_minutes_and_thrice_a_day() {
        let limits = Limits::default();
        let mut replies = Spending { cap: Cap::Replies, spent: Spent::default() };
        assert_eq!(replies.exhausted(&limits, at(0)), None);
        replies.spent.spend(at(0));
        assert_eq!(replies.exhausted(&limits, at(599)), Some(at(600)));
        assert_eq!(replies.exhausted(&limits, at(600)), None);
        replies.spent.spend(at(600));
        replies.spent.spend(at(1200));
        assert!(replies.exhausted(&limits, at(3600)).is_some_and(|free| free >= at(86_400)));
        assert_eq!(replies.exhausted(&limits, at(86_400 + 1200)), None);
    }

    proptest! {
        #[test]
        fn no_window_of_time_ever_holds_more_than_the_cap(waits in prop::collection::vec(0_u64..4000, 1..120)) {
            let limits = Limits { prefix_texts_per_hour: 5, ..Limits::default() };
            let mut prefix = Spending { cap: Cap::Prefix, spent: Spent::default() };
            let (mut now, mut sent) = (at(0), Vec::new());
            for wait in waits {
                now = now + Duration::from_secs(wait);
                if prefix.exhausted(&limits, now).is_none() {
                    prefix.spent.spend(now);
                    sent.push(now);
                }
                let in_hour = sent.iter().filter(|at| **at + HOUR > now).count();
                prop_assert!(in_hour <= 5);
            }
        }

        #[test]
        fn what_is_said_to_be_free_then_is_free_then(waits in prop::collection::vec(0_u64..900, 1..60)) {
            let limits = Limits::default();
            for cap in [Cap::Replies, Cap::Codes, Cap::Prefix] {
                let mut one = Spending { cap, spent: Spent::default() };
                let mut now = at(0);
                for wait in &waits {
                    now = now + Duration::from_secs(*wait);
                    match one.exhausted(&limits, now) {
                        Some(free) => {
                            prop_assert!(free > now);
                            prop_assert_eq!(one.exhausted(&limits, free), None);
                        }
                        None => one.spent.spend(now),
                    }
                }
            }
        }
    }
}
