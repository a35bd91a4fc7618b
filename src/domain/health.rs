//! Whether callbacks of a connection pass: the rule of the rejection alarm, and all its numbers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The window over which callbacks are counted.
pub const WINDOW: Duration = Duration::from_secs(300);

/// Rejections in the window from which a connection may fail.
pub const FAILING_FROM: i64 = 20;

/// Callbacks are counted in slices of this length, so that the window can slide.
const SLICE_MILLIS: i64 = 10_000;

/// How accepted callbacks are counted; rejected ones are counted by the check that failed.
pub const ACCEPTED: &str = "accepted";

/// How a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConnectionHealth)]
pub enum Health {
    /// Its callbacks pass, or none came.
    #[default]
    Live,
    /// Most of its callbacks fail verification.
    Failing,
}

impl Health {
    /// The word outside.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Failing => "failing",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Live, Self::Failing].into_iter().find(|health| health.as_str() == word)
    }
}

/// What came in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Verified callbacks.
    pub accepted: i64,
    /// Those nobody vouched for.
    pub rejected: i64,
}

/// The slice a moment is counted in.
#[must_use]
pub const fn slice(at: Timestamp) -> i64 {
    at.millis().div_euclid(SLICE_MILLIS)
}

/// The first slice of the window that ends now.
#[must_use]
pub fn first_slice(now: Timestamp) -> i64 {
    slice(now - WINDOW)
}

/// Where a connection goes from here, if it goes anywhere.
///
/// It fails at 20 rejections in the window that are more than half of its callbacks. It has recovered when it has
/// failed for a window at least, and in the last one some callbacks passed and under a tenth were rejected.
#[must_use]
pub fn turned(health: Health, since: Timestamp, count: Count, now: Timestamp) -> Option<Health> {
    let all = count.accepted + count.rejected;
    match health {
        Health::Live if count.rejected >= FAILING_FROM && count.rejected * 2 > all => Some(Health::Failing),
        Health::Failing if since + WINDOW <= now && count.accepted > 0 && count.rejected * 10 < all => {
            Some(Health::Live)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn it_fails_at_twenty_rejections_that_are_more_than_half() {
        let turn = |accepted, rejected| turned(Health::Live, at(0), Count { accepted, rejected }, at(0));
        assert_eq!(turn(0, 19), None);
        assert_eq!(turn(0, 20), Some(Health::Failing));
        assert_eq!(turn(20, 20), None);
        assert_eq!(turn(19, 20), Some(Health::Failing));
        assert_eq!(turn(1000, 300), None);
    }

    #[test]
    fn it_recovers_after_a_window_in_which_callbacks_pass() {
        let turn =
            |accepted, rejected, now| turned(Health::Failing, at(0), Count { accepted, rejected }, at(now));
        assert_eq!(turn(100, 0, 299), None, "too early");
        assert_eq!(turn(1, 0, 300), Some(Health::Live));
        assert_eq!(turn(0, 0, 3000), None, "silence is no recovery");
        assert_eq!(turn(9, 1, 300), None, "a tenth is too many");
        assert_eq!(turn(10, 1, 300), Some(Health::Live));
        assert_eq!(turned(Health::Live, at(0), Count { accepted: 9, rejected: 0 }, at(300)), None);
    }

    #[test]
    fn slices_are_ten_seconds_and_the_window_slides_over_them() {
        assert_eq!((slice(at(0)), slice(at(9)), slice(at(10))), (0, 0, 1));
        assert_eq!(first_slice(at(310)), 1);
    }

    #[test]
    fn words_are_read_back() {
        for health in [Health::Live, Health::Failing] {
            assert_eq!(Health::parse(health.as_str()), Some(health));
        }
        assert_eq!(Health::parse("ill"), None);
    }
}
