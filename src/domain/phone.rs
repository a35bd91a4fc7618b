//! Where a phone number is at home: its country, and every zone it may be in.
//!
//! Numbering plans change. These tables are compiled from the ITU list of country codes and the area codes of the North
//! American plan as they are commonly known; they say where a number was given out, not where its phone is now.

mod country;
mod nanp;

/// Where a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The country as an ISO 3166 code.
    pub country: &'static str,
    /// Every zone it may be in, by IANA name.
    pub zones: &'static [&'static str],
}

/// The home of a number in E.164; `None` where its beginning is not known.
#[must_use]
pub fn home(number: &str) -> Option<Home> {
    let digits = number.strip_prefix('+')?;
    if let Some(national) = digits.strip_prefix('1') {
        return nanp::home(national.get(..3)?);
    }
    (1..=5).rev().find_map(|length| country::home(digits.get(..length)?))
}

/// A number without its last four digits: what floods of made-up numbers share.
#[must_use]
pub fn prefix(number: &str) -> &str {
    let end = number.len().saturating_sub(4);
    number.get(..end).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workspace::Zone;

    #[test]
    fn a_number_is_at_home_where_its_beginning_says() {
        let table = [
            ("+12025550143", "US", &["America/New_York"][..]),
            ("+13105550143", "US", &["America/Los_Angeles"]),
            ("+18505550143", "US", &["America/New_York", "America/Chicago"]),
            ("+18085550143", "US", &["Pacific/Honolulu"]),
            ("+14165550143", "CA", &["America/Toronto"]),
            ("+18765550143", "JM", &["America/Jamaica"]),
            ("+18005550143", "US", nanp::ANYWHERE),
            ("+442079460958", "GB", &["Europe/London"]),
            ("+441534123456", "JE", &["Europe/London"]),
            ("+4930901820", "DE", &["Europe/Berlin"]),
            ("+919876543210", "IN", &["Asia/Kolkata"]),
            ("+77011234567", "KZ", &["Asia/Almaty"]),
            ("+2348012345678", "NG", &["Africa/Lagos"]),
        ];
        for (number, country, zones) in table {
            assert_eq!(home(number), Some(Home { country, zones }), "{number}");
        }
        assert!(home("+79161234567").is_some_and(|home| home.country == "RU" && home.zones.len() > 5));
        for unknown in ["12025550143", "+", "+1", "+999123456", "+1999555"] {
            assert_eq!(home(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn every_zone_of_the_tables_exists() {
        for home in country::all().chain(nanp::all()) {
            assert!(!home.zones.is_empty(), "{home:?}");
            assert!(home.country.len() == 2 && home.country.bytes().all(|b| b.is_ascii_uppercase()));
            for zone in home.zones {
                assert!(Zone::named(zone).is_ok(), "{zone}");
            }
        }
    }

    #[test]
    fn a_code_stands_once() {
        let mut seen = std::collections::HashSet::new();
        assert!(country::codes().all(|code| seen.insert(code)));
    }

    #[test]
    fn a_prefix_leaves_four_digits_out() {
        assert_eq!(prefix("+12025550143"), "+1202555");
        assert_eq!(prefix("+1"), "");
    }
}
