//! The one private answer that some platforms take to a public post.

use std::time::Duration;

use super::Reason;
use crate::domain::time::Timestamp;

/// What bears on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// How long after a post the platform takes one; `None` where it takes none.
    pub window: Option<Duration>,
    /// When the customer's last post that still stands was written.
    pub last_post_at: Option<Timestamp>,
    /// When one was last begun.
    pub replied_at: Option<Timestamp>,
}

impl Thread {
    /// What stands in the way of a private answer at `now`. A new post of the customer may be answered anew.
    #[must_use]
    pub fn private_reply(&self, now: Timestamp) -> Option<Reason> {
        let Some(window) = self.window else { return Some(Reason::NoPrivateReply) };
        let Some(last) = self.last_post_at else { return Some(Reason::NothingToAnswer) };
        if self.replied_at.is_some_and(|at| at >= last) {
            return Some(Reason::RepliedInPrivate);
        }
        (now >= last + window).then_some(Reason::PrivateReplyOver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_answered_in_private_once_and_within_the_window() {
        let day = |day: u64| Timestamp::from_secs(1_800_000_000) + Duration::from_secs(day * 86_400);
        let window = Some(Duration::from_secs(7 * 86_400));
        let table = [
            ((window, Some(day(0)), None), day(6), None),
            ((window, Some(day(0)), None), day(7), Some(Reason::PrivateReplyOver)),
            ((window, Some(day(0)), Some(day(1))), day(2), Some(Reason::RepliedInPrivate)),
            ((window, Some(day(0)), Some(day(1))), day(8), Some(Reason::RepliedInPrivate)),
            ((window, Some(day(2)), Some(day(1))), day(3), None),
            ((window, None, None), day(0), Some(Reason::NothingToAnswer)),
            ((None, Some(day(0)), None), day(0), Some(Reason::NoPrivateReply)),
        ];
        for ((window, last_post_at, replied_at), now, expected) in table {
            let thread = Thread { window, last_post_at, replied_at };
            assert_eq!(thread.private_reply(now), expected, "{thread:?} at {now}");
        }
    }
}
