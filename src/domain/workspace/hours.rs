//! Hours of the day at which customers are left in peace, and the zones these are counted in.

use std::fmt;

use jiff::Timestamp as Instant;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Wrong, wrong};
use crate::domain::time::Timestamp;

/// From when until when nothing is sent on our own account; over midnight when the end is earlier than the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin.
    #[schema(value_type = String, example = "20:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub start: TimeOfDay,
    /// When they end.
    #[schema(value_type = String, example = "09:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub end: TimeOfDay,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { start: TimeOfDay { hour: 20, minute: 0 }, end: TimeOfDay { hour: 9, minute: 0 } }
    }
}

impl QuietHours {
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.start == self.end {
            return Err(wrong("/quiet_hours", "starts and ends at different times"));
        }
        Ok(())
    }

    fn hold_at(&self, time: TimeOfDay) -> bool {
        if self.start < self.end {
            (self.start..self.end).contains(&time)
        } else {
            time >= self.start || time < self.end
        }
    }

    /// When they end, if it is quiet at `now` in that zone.
    #[must_use]
    pub fn until(&self, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        let here = Instant::from_millisecond(now.millis()).ok()?.to_zoned(zone.tz.clone());
        let time = TimeOfDay::of(here.time());
        if !self.hold_at(time) {
            return None;
        }
        let date = if time < self.end { here.date() } else { here.date().tomorrow().ok()? };
        let end = date.to_datetime(self.end.time()?).to_zoned(zone.tz.clone()).ok()?;
        Some(Timestamp::from_millis(end.timestamp().as_millisecond()))
    }
}

/// A time of the day, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    hour: i8,
    minute: i8,
}

impl TimeOfDay {
    fn of(time: Time) -> Self {
        Self { hour: time.hour(), minute: time.minute() }
    }

    fn time(self) -> Option<Time> {
        Time::new(self.hour, self.minute, 0, 0).ok()
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = |digits: &str| {
            let is_pair = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            is_pair.then(|| digits.parse::<i8>().ok()).flatten()
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)));
        match parts {
            Some((hour, minute)) if hour < 24 && minute < 60 => Ok(Self { hour, minute }),
            _ => Err("a time of day such as 09:00"),
        }
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        format!("{:02}:{:02}", time.hour, time.minute)
    }
}

/// A zone with its rules, by its IANA name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    tz: TimeZone,
}

impl Zone {
    /// The zone of that name.
    ///
    /// # Errors
    /// A sentence, when there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        TimeZone::get(name)
            .map(|tz| Self { tz })
            .map_err(|_| format!("there is no zone {name}; an IANA name such as Europe/Berlin is needed"))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.tz.iana_name().unwrap_or("UTC")
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn until(zone: &str, now: &str) -> Option<String> {
        let zone = Zone::named(zone).unwrap();
        QuietHours::default().until(&zone, at(now)).map(|end| end.to_string())
    }

    #[test]
    fn quiet_hours_end_at_nine_by_the_zones_own_clock() {
        let table = [
            ("America/New_York", "2026-11-24T14:00:00Z", None),
            ("America/New_York", "2026-11-24T13:59:00Z", Some("2026-11-24T14:00:00.000Z")),
            ("America/New_York", "2026-11-25T00:59:00Z", None),
            ("America/New_York", "2026-11-25T01:00:00Z", Some("2026-11-25T14:00:00.000Z")),
            ("America/New_York", "2026-07-24T13:00:00Z", None),
            ("Asia/Kolkata", "2026-11-24T03:29:00Z", Some("2026-11-24T03:30:00.000Z")),
            ("Europe/Berlin", "2026-10-24T19:00:00Z", Some("2026-10-25T08:00:00.000Z")),
        ];
        for (zone, now, end) in table {
            assert_eq!(until(zone, now).as_deref(), end, "{zone} at {now}");
        }
    }

    #[test]
    fn hours_within_a_day_do_not_reach_over_midnight() {
        let time = |text: &str| TimeOfDay::try_from(text.to_owned()).unwrap();
        let siesta = QuietHours { start: time("13:00"), end: time("15:30") };
        let zone = Zone::named("UTC").unwrap();
        assert_eq!(siesta.until(&zone, at("2026-11-24T12:59:00Z")), None);
        assert_eq!(siesta.until(&zone, at("2026-11-24T13:00:00Z")), Some(at("2026-11-24T15:30:00Z")));
        assert_eq!(siesta.until(&zone, at("2026-11-24T15:30:00Z")), None);
    }

    #[test]
    fn a_time_of_day_has_one_form() {
        for wrong in ["9:00", "24:00", "12:60", "noon", "+1:00", ""] {
            assert!(TimeOfDay::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(Zone::named("Mars/Olympus").is_err());
    }
}
