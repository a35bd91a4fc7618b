//! How long what is over is kept.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::source::Source;

/// Fewer days would forget repeats that providers still send; more would keep personal data longer than a year.
const DAYS: RangeInclusive<u64> = 7..=365;

/// Who did what is asked for later than all else, and for ten years at most.
const YEARS: RangeInclusive<u64> = 90..=3650;

/// How long what is over is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `SEGUE_RETENTION_CALLBACKS_DAYS`: raw callbacks, and the record that an inbound event was seen.
    pub callbacks: Duration,
    /// `SEGUE_RETENTION_EVENTS_DAYS`: events of the list and the stream.
    pub events: Duration,
    /// `SEGUE_RETENTION_DELIVERIES_DAYS`: webhook deliveries that are over.
    pub deliveries: Duration,
    /// `SEGUE_RETENTION_SENDS_DAYS`: deliveries to providers that are over.
    pub sends: Duration,
    /// `SEGUE_RETENTION_AUDIT_DAYS`: the audit log.
    pub audit: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            callbacks: days(30),
            events: days(90),
            deliveries: days(30),
            sends: days(90),
            audit: days(730),
        }
    }
}

impl Retention {
    pub(super) fn take_from(source: &mut Source) -> Self {
        let default = Self::default();
        Self {
            callbacks: source.take("SEGUE_RETENTION_CALLBACKS_DAYS", parse).unwrap_or(default.callbacks),
            events: source.take("SEGUE_RETENTION_EVENTS_DAYS", parse).unwrap_or(default.events),
            deliveries: source.take("SEGUE_RETENTION_DELIVERIES_DAYS", parse).unwrap_or(default.deliveries),
            sends: source.take("SEGUE_RETENTION_SENDS_DAYS", parse).unwrap_or(default.sends),
            audit: source.take("SEGUE_RETENTION_AUDIT_DAYS", parse_years).unwrap_or(default.audit),
        }
    }
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

fn parse(text: &str) -> Result<Duration, String> {
    within(text, DAYS)
}

fn parse_years(text: &str) -> Result<Duration, String> {
    within(text, YEARS)
}

fn within(text: &str, range: RangeInclusive<u64>) -> Result<Duration, String> {
    let (least, most) = (*range.start(), *range.end());
    let count = text.parse().ok().filter(|count| range.contains(count));
    count.map(days).ok_or_else(|| format!("{text:?} is not a number of days from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_days_has_bounds() {
        assert_eq!(parse("7"), Ok(days(7)));
        assert_eq!(parse("365"), Ok(days(365)));
        assert_eq!(parse_years("3650"), Ok(days(3650)));
        assert!(parse_years("30").unwrap_err().contains("from 90 to 3650"));
        for text in ["6", "366", "-1", "30d", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
