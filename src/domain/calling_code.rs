//! Which country a number in E.164 belongs to, as far as its first digits say (ITU-T E.164, list of assigned codes).

/// Country codes of two digits; `1` and `7` have one, all others three.
const OF_TWO: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// The country code of a number that begins with `+`.
#[must_use]
pub fn calling_code(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+')?;
    let length = match digits.get(..1)? {
        "1" | "7" => 1,
        _ if digits.get(..2).is_some_and(|code| OF_TWO.contains(&code)) => 2,
        _ => 3,
    };
    digits.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_begins_with_its_country() {
        for (number, code) in [("+12025550143", "1"), ("+4915112345678", "49"), ("+2348012345678", "234")] {
            assert_eq!(calling_code(number), Some(code));
        }
        for wrong in ["", "+", "12025550143", "+2"] {
            assert_eq!(calling_code(wrong), None, "{wrong}");
        }
    }
}
