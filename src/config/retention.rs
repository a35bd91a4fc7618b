//! How long what is over is kept.

use std::time::Duration;

use super::source::Source;

/// Fewer days would forget repeats that providers still send; more would keep personal data longer than a year.
const DAYS: std::ops::RangeInclusive<u64> = 7..=365;

/// How long what is over is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `SEGUE_RETENTION_CALLBACKS_DAYS`: raw callbacks, and the record that an inbound event was seen.
    pub callbacks: Duration,
    /// `SEGUE_RETENTION_EVENTS_DAYS`: events of the list and the stream.
    pub events: Duration,
    /// `SEGUE_RETENTION_DELIVERIES_DAYS`: webhook deliveries that are over.
    pub deliveries: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { callbacks: days(30), events: days(90), deliveries: days(30) }
    }
}

impl Retention {
    pub(super) fn take_from(source: &mut Source) -> Self {
        let default = Self::default();
        Self {
            callbacks: source.take("SEGUE_RETENTION_CALLBACKS_DAYS", parse).unwrap_or(default.callbacks),
            events: source.take("SEGUE_RETENTION_EVENTS_DAYS", parse).unwrap_or(default.events),
            deliveries: source.take("SEGUE_RETENTION_DELIVERIES_DAYS", parse).unwrap_or(default.deliveries),
        }
    }
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

fn parse(text: &str) -> Result<Duration, String> {
    let count = text.parse().ok().filter(|count| DAYS.contains(count));
    count.map(days).ok_or_else(|| format!("{text:?} is not a number of days from 7 to 365"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_days_has_bounds() {
        assert_eq!(parse("7"), Ok(days(7)));
        assert_eq!(parse("365"), Ok(days(365)));
        for text in ["6", "366", "-1", "30d", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
