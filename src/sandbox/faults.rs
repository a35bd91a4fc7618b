//! What goes wrong on purpose, decided by a seed: the same numbers make the same choices.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seed::Seed;

/// What a proxy between a provider and the service does to callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proxy {
    /// Nothing.
    #[default]
    None,
    /// Writes headers of its own and a host of its own; a service that reads the body and its own settings is not moved.
    Headers,
    /// Writes the body anew: what it says is the same, but for blanks around the values of a form; a signature over
    /// the bytes does not fit any more.
    Body,
}

/// What goes wrong, and how often; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Faults {
    /// Decides each single case.
    pub(crate) seed: u64,
    /// Of a hundred callbacks, how many come a second time.
    pub(crate) duplicate_percent: u8,
    /// Of a hundred events, how many leave their order and come up to a second later.
    pub(crate) reorder_percent: u8,
    /// The most events in one callback, where the provider can batch; 0 and 1 are one each.
    pub(crate) batch: usize,
    /// Statuses and echoes come up to this much later.
    pub(crate) late_report_ms: u64,
    /// Of a hundred sends, how many are answered 5xx and not done.
    pub(crate) error_percent: u8,
    /// Of a hundred sends, how many are done and never answered.
    pub(crate) timeout_percent: u8,
    /// Of a hundred sends, how many are answered 429 and not done.
    pub(crate) throttle_percent: u8,
    /// Of a hundred sends, how many wait for `slow_ms` before they are answered.
    pub(crate) slow_percent: u8,
    /// See `slow_percent`.
    pub(crate) slow_ms: u64,
    /// What stands between the providers and the service.
    pub(crate) proxy: Proxy,
    /// Only so many sends fail; without it there is no end.
    pub(crate) sends: Option<u64>,
}

/// What becomes of one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and answered.
    Well,
    /// It is not done; answered 5xx.
    Broken,
    /// It is not done; answered 429.
    Throttled,
    /// It is done; nobody answers.
    Silent,
}

/// The longest that anything is held up: providers and the service give up before.
const LONGEST_MS: u64 = 60_000;

impl Faults {
    /// What cannot be, if anything.
    pub(crate) fn nonsense(&self) -> Option<String> {
        let percents = [
            ("duplicate_percent", self.duplicate_percent),
            ("reorder_percent", self.reorder_percent),
            ("error_percent", self.error_percent),
            ("timeout_percent", self.timeout_percent),
            ("throttle_percent", self.throttle_percent),
            ("slow_percent", self.slow_percent),
        ];
        let over = percents.into_iter().find(|(_, percent)| *percent > 100);
        let times = [("late_report_ms", self.late_report_ms), ("slow_ms", self.slow_ms)];
        let long = times.into_iter().find(|(_, time)| *time > LONGEST_MS);
        over.map(|(name, percent)| format!("faults.{name}: {percent} of a hundred"))
            .or_else(|| long.map(|(name, _)| format!("faults.{name}: at most {LONGEST_MS}")))
    }

    /// How long an event waits out of its order, if it leaves it.
    pub(crate) fn strays(&self, number: u64) -> Option<Duration> {
        let mut seed = Seed::of(self.seed, "stray", number);
        seed.hits(self.reorder_percent).then(|| Duration::from_millis(20 + seed.below(980)))
    }

    /// How long after the first a callback comes again, if it does.
    pub(crate) fn repeats(&self, number: u64) -> Option<Duration> {
        let mut seed = Seed::of(self.seed, "repeat", number);
        seed.hits(self.duplicate_percent).then(|| Duration::from_millis(seed.below(500)))
    }

    /// How much later a report comes.
    pub(crate) fn lateness(&self, number: u64) -> Duration {
        Duration::from_millis(Seed::of(self.seed, "late", number).below(self.late_report_ms + 1))
    }

    /// What becomes of a send, and how long it takes.
    pub(crate) fn fate(&self, number: u64) -> (Fate, Duration) {
        let mut seed = Seed::of(self.seed, "send", number);
        let wait = if seed.hits(self.slow_percent) { self.slow_ms } else { 0 };
        let at = u8::try_from(seed.below(100)).unwrap_or(0);
        let (broken, throttled) =
            (self.error_percent, self.error_percent.saturating_add(self.throttle_percent));
        let fate = match at {
            at if at < broken => Fate::Broken,
            at if at < throttled => Fate::Throttled,
            at if at < throttled.saturating_add(self.timeout_percent) => Fate::Silent,
            _ => Fate::Well,
        };
        (fate, Duration::from_millis(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_wrong_unless_it_is_asked_for() {
        let faults = Faults::default();
        for number in 0..1000 {
            assert_eq!(faults.fate(number), (Fate::Well, Duration::ZERO));
            assert_eq!((faults.strays(number), faults.repeats(number)), (None, None));
            assert_eq!(faults.lateness(number), Duration::ZERO);
        }
    }

    #[test]
    fn a_seed_decides_and_the_shares_are_kept() {
        let faults = Faults { seed: 3, error_percent: 20, timeout_percent: 10, ..Faults::default() };
        let of = |fate| (0..1000).filter(|number| faults.fate(*number).0 == fate).count();
        assert!((150..250).contains(&of(Fate::Broken)), "{}", of(Fate::Broken));
        assert!((60..140).contains(&of(Fate::Silent)), "{}", of(Fate::Silent));
        assert_eq!(of(Fate::Throttled), 0);
        let again = faults.clone();
        assert!((0..1000).all(|number| faults.fate(number) == again.fate(number)));
    }
}
