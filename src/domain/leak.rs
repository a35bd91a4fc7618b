//! What must not stand in a text everybody will see: a phone number, an e-mail address, a card number, a secret that is
//! still worth something, or what the workspace keeps out.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization;

/// What a text gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// Digits that can be dialled.
    PhoneNumber,
    /// An address of electronic mail.
    EmailAddress,
    /// Digits that pass the check of payment cards.
    CardNumber,
    /// A token, a phrase or a code that somebody was shown and may still bring back.
    Secret,
    /// Something the workspace named.
    Pattern,
}

impl Leak {
    /// The words for it in a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PhoneNumber => "a phone number",
            Self::EmailAddress => "an e-mail address",
            Self::CardNumber => "a card number",
            Self::Secret => "a code that is still in use",
            Self::Pattern => "something that `leak_patterns` of the workspace keep out of public",
        }
    }
}

/// Where a workspace draws its own lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The brand's own numbers and addresses, which may stand in public.
    pub ours: Vec<String>,
    /// What must not, whatever it is: regular expressions, case-insensitive.
    pub patterns: Vec<String>,
}

impl Bounds {
    fn names(&self, address: &str) -> bool {
        self.ours.iter().any(|own| own.eq_ignore_ascii_case(address))
    }

    /// Whether a pattern is found; one that is none was refused when it was set.
    fn forbid(&self, text: &str) -> bool {
        let finds = |pattern: &String| RegexBuilder::new(pattern).case_insensitive(true).build().ok();
        self.patterns.iter().filter_map(finds).any(|pattern| pattern.is_match(text))
    }
}

/// A link to a place on the web; its numbers are ids. Links that dial are not among them.
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"https?://\S+"));
static DIALLING_HOST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^https?://(?:wa\.me|api\.whatsapp\.com)/"));
static DATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})\b"));
static EMAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.\p{L}{2,}"));
static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+?\(?\d(?:[\s.()/\p{Pd}]{0,3}\d){6,}"));

#[expect(clippy::expect_used, reason = "the patterns are the literals above, each tried by a test")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file")
}

/// The first thing in a public text that must not stand there.
#[must_use]
pub fn find(text: &str, bounds: &Bounds) -> Option<Leak> {
    let text = plain(text);
    if bounds.forbid(&text) {
        return Some(Leak::Pattern);
    }
    if EMAIL.find_iter(&text).any(|found| !bounds.names(found.as_str())) {
        return Some(Leak::EmailAddress);
    }
    let text = LINK.replace_all(&text, |link: &regex::Captures<'_>| {
        if DIALLING_HOST.is_match(&link[0]) { link[0].to_owned() } else { "|".to_owned() }
    });
    let text = DATE.replace_all(&text, "|");
    DIGITS
        .find_iter(&text)
        .filter(|found| !is_ours(found.as_str(), &bounds.ours))
        .find_map(|found| judge(found.as_str()))
}

/// The text as a reader sees it: full-width and other digits are digits.
fn plain(text: &str) -> String {
    let ascii = |c: char| {
        let first = ['٠', '۰', '०', '০'].into_iter().find(|zero| (*zero..).take(10).any(|digit| digit == c));
        first.and_then(|zero| char::from_digit(c as u32 - zero as u32, 10)).unwrap_or(c)
    };
    text.nfkc().map(ascii).collect()
}

fn judge(found: &str) -> Option<Leak> {
    let digits: Vec<u32> = found.chars().filter_map(|c| c.to_digit(10)).collect();
    if (13..=19).contains(&digits.len()) && luhn(&digits) {
        return Some(Leak::CardNumber);
    }
    let groups: Vec<usize> =
        found.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|len| *len > 0).collect();
    let is_international = found.starts_with('+') || digits.starts_with(&[0, 0]);
    let has_shape = is_international || (9..=15).contains(&digits.len()) || groups == [3, 4];
    (has_shape && digits.len() <= 17).then_some(Leak::PhoneNumber)
}

/// The check digit of payment cards (ISO/IEC 7812-1, annex B).
fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether these are the digits of one of our numbers, written with or without its country code.
fn is_ours(found: &str, ours: &[String]) -> bool {
    let digits: String = found.chars().filter(char::is_ascii_digit).collect();
    let national = digits.trim_start_matches('0');
    ours.iter().any(|own| {
        let own: String = own.chars().filter(char::is_ascii_digit).collect();
        national.len() >= 6 && own.ends_with(national)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(patterns: &[&str]) -> Bounds {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Bounds { ours: texts(&["+15005550006", "help@brand.example"]), patterns: texts(patterns) }
    }

    #[test]
    fn what_the_workspace_keeps_out_is_found() {
        let bounds = bounds(&["\\bIBAN\\b", "order \\d+"]);
        assert_eq!(find("Your iban, please", &bounds), Some(Leak::Pattern));
        assert_eq!(find("About Order 17", &bounds), Some(Leak::Pattern));
        assert_eq!(find("About your order", &bounds), None);
        assert_eq!(find("Write to help@brand.example", &bounds), None);
    }

    fn leak(text: &str) -> Option<Leak> {
        find(text, &bounds(&[]))
    }

    #[test]
    fn numbers_that_can_be_dialled_are_found() {
        for text in [
            "Call us at +44 20 7946 0958",
            "is it (212) 555-0123?",
            "212.555.0123",
            "555-0123 please",
            "0049 30 901820",
            "your number 2125550123",
            "０２０７９４６０９５８",
            "+٤٤٢٠٧٩٤٦٠٩٥٨",
            "https://wa.me/442079460958",
            "tel:+442079460958",
            "+1–212–555–0123",
        ] {
            assert_eq!(leak(text), Some(Leak::PhoneNumber), "{text}");
        }
    }

    #[test]
    fn addresses_and_cards_are_found() {
        assert_eq!(leak("Is ana.b+x@mail.example right?"), Some(Leak::EmailAddress));
        assert_eq!(leak("https://shop.example/?user=ana@mail.example"), Some(Leak::EmailAddress));
        assert_eq!(leak("card 4242 4242 4242 4242 was charged"), Some(Leak::CardNumber));
        assert_eq!(leak("card 378282246310005"), Some(Leak::CardNumber));
    }

    #[test]
    fn what_is_ours_may_stand() {
        for text in
            ["Text us at +1 500 555 0006", "(500) 555-0006", "555-0006", "Write to HELP@brand.example"]
        {
            assert_eq!(leak(text), None, "{text}");
        }
        assert_eq!(leak("+1 500 555 0006 or +1 500 555 0007"), Some(Leak::PhoneNumber));
    }

    #[test]
    fn ordinary_numbers_are_no_leak() {
        for text in [
            "",
            "Hello @ana, we are sorry.",
            "Order 1234567 left on 2026-11-24 at 10:30.",
            "From 24.11.2026 10:30 to 25/11/2026",
            "2019-2025",
            "You paid 1,234,567.00",
            "https://x.example/status/1590000000000000000",
            "case #48213",
            "3 items, 20 % off, 4 days",
        ] {
            assert_eq!(leak(text), None, "{text}");
        }
    }
}
