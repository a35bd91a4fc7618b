//! The numbers of X: how long texts may be, how often may be called.
//!
//! <https://docs.x.com/fundamentals/counting-characters>, <https://docs.x.com/x-api/fundamentals/rate-limits>

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::sandbox::host::Reply;

/// The weight of a post.
pub(super) const LONGEST: usize = 280;

/// The characters of a private message.
pub(super) const LONGEST_MESSAGE: usize = 10_000;

/// A link weighs this, however long it is.
const LINK: usize = 23;

/// Calls in a window.
pub(super) const POSTS: u32 = 100;
pub(super) const MESSAGES: u32 = 15;
pub(super) const READS: u32 = 900;

const WINDOW: Duration = Duration::from_secs(900);

/// The weight of a text: links alike, wide characters double.
pub(super) fn weight(text: &str) -> usize {
    let is_link = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    let (mut weight, mut rest) = (0, text);
    while let Some(word) = rest.split(char::is_whitespace).find(is_link) {
        let Some((before, after)) = rest.split_once(word) else { break };
        weight += before.chars().map(of_char).sum::<usize>() + LINK;
        rest = after;
    }
    weight + rest.chars().map(of_char).sum::<usize>()
}

fn of_char(c: char) -> usize {
    let light = matches!(u32::from(c), 0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247);
    if light { 1 } else { 2 }
}

/// What was called how often, in windows of fifteen minutes.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<&'static str, Window>);

#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    until: Timestamp,
    used: u32,
}

impl Rates {
    /// Counts a call; an error when there are none left in this window.
    pub(super) fn take(&mut self, kind: &'static str, limit: u32, now: Timestamp) -> Result<Window, ()> {
        let fresh = Window { until: now + WINDOW, used: 0 };
        let window = self.0.entry(kind).or_insert(fresh);
        if now >= window.until {
            *window = fresh;
        }
        if window.used >= limit {
            return Err(());
        }
        window.used += 1;
        Ok(*window)
    }

    /// The headers of a window that is used up.
    pub(super) fn shown(&self, kind: &str, limit: u32, reply: Reply) -> Reply {
        match self.0.get(kind) {
            Some(window) => window.shown(limit, reply),
            None => reply,
        }
    }
}

impl Window {
    /// An answer with the headers that tell what is left.
    pub(super) fn shown(&self, limit: u32, reply: Reply) -> Reply {
        reply
            .with("x-rate-limit-limit", limit.to_string())
            .with("x-rate-limit-remaining", limit.saturating_sub(self.used).to_string())
            .with("x-rate-limit-reset", self.until.secs().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_weigh_alike_and_wide_characters_double() {
        assert_eq!(weight("Sorry, Ana"), 10);
        assert_eq!(weight("こんにちは"), 10);
        assert_eq!(weight("see https://example.com/a/very/long/path/that/goes/on?and=on ok"), 4 + 23 + 3);
        assert_eq!(weight("https://a.b https://a.b"), 23 + 1 + 23);
    }

    #[test]
    fn a_window_is_used_up_and_begins_anew() {
        let (mut rates, now) = (Rates::default(), Timestamp::from_secs(1_794_000_000));
        assert!(rates.take("posts", 2, now).is_ok() && rates.take("posts", 2, now).is_ok());
        assert!(rates.take("posts", 2, now).is_err() && rates.take("messages", 2, now).is_ok());
        assert!(rates.take("posts", 2, now + WINDOW).is_ok());
    }
}
