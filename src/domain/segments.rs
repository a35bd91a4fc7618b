//! How many SMS segments a text takes, and in which alphabet.
//!
//! Alphabet: <https://www.3gpp.org/dynareport/23038.htm>. Parts of a long text: <https://www.3gpp.org/dynareport/23040.htm>.

use serde::{Deserialize, Serialize};

/// The GSM 7-bit default alphabet without its letters and digits of ASCII.
const GSM7_SYMBOLS: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";

/// Its extension table: an escape and a second septet each.
const GSM7_EXTENSION: &str = "^{}\\[]~|€\u{c}";

/// The alphabet an SMS is written in; one character outside GSM-7 moves the whole text to UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// 7-bit: 160 characters in one segment, 153 in each of several.
    Gsm7,
    /// 16-bit: 70 units in one segment, 67 in each of several.
    Ucs2,
}

/// What a text costs as SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Segments {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// How many segments a carrier bills; an empty text is one.
    #[schema(example = 1, minimum = 1)]
    pub count: usize,
}

/// Counts the segments of a text as it stands, without normalising it.
#[must_use]
pub fn count(text: &str) -> Segments {
    let encoding = if text.chars().all(|c| septets(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 };
    Segments { encoding, count: encoding.segments(text) }
}

impl Encoding {
    fn segments(self, text: &str) -> usize {
        let (alone, of_several) = self.capacities();
        let sizes = || text.chars().map(|c| self.size(c));
        if sizes().sum::<usize>() <= alone { 1 } else { pack(sizes(), of_several) }
    }

    /// Units of a lone segment, and of one of several, which begins with a six-octet header.
    fn capacities(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    fn size(self, c: char) -> usize {
        match self {
            Self::Gsm7 => septets(c).unwrap_or(0),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// An escape pair or a surrogate pair moves whole to the next segment, which may leave a unit unused.
fn pack(sizes: impl Iterator<Item = usize>, capacity: usize) -> usize {
    let (segments, _) = sizes.fold((1, 0), |(segments, used), size| {
        if used + size <= capacity { (segments, used + size) } else { (segments + 1, size) }
    });
    segments
}

fn septets(c: char) -> Option<usize> {
    match c {
        _ if c.is_ascii_alphanumeric() || GSM7_SYMBOLS.contains(c) => Some(1),
        _ if GSM7_EXTENSION.contains(c) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces and how often each stands.
    type Pieces = &'static [(&'static str, usize)];

    fn text(parts: Pieces) -> String {
        parts.iter().map(|(unit, times)| unit.repeat(*times)).collect()
    }

    /// Values of Twilio's sms-segments-calculator 1.3.0.
    #[test]
    fn segments_are_counted_as_carriers_count() {
        use Encoding::{Gsm7, Ucs2};
        let table: &[(Pieces, Encoding, usize)] = &[
            (&[("a", 160)], Gsm7, 1),
            (&[("a", 161)], Gsm7, 2),
            (&[("a", 306)], Gsm7, 2),
            (&[("a", 307)], Gsm7, 3),
            (&[("€", 80)], Gsm7, 1),
            (&[("€", 81)], Gsm7, 2),
            (&[("a", 159), ("€", 1)], Gsm7, 2),
            (&[("a", 152), ("€", 1), ("a", 152)], Gsm7, 3),
            (&[("a", 152), ("€", 1), ("a", 151)], Gsm7, 2),
            (&[("ọ", 70)], Ucs2, 1),
            (&[("ọ", 71)], Ucs2, 2),
            (&[("ọ", 134)], Ucs2, 2),
            (&[("ọ", 135)], Ucs2, 3),
            (&[("😀", 35)], Ucs2, 1),
            (&[("😀", 36)], Ucs2, 2),
            (&[("ọ", 66), ("😀", 1), ("x", 66)], Ucs2, 3),
            (&[("’", 1), ("a", 69)], Ucs2, 1),
            (&[("ç", 160)], Ucs2, 3),
            (&[("Ç", 160)], Gsm7, 1),
            (&[("é", 160)], Gsm7, 1),
            (&[("₦100", 1)], Ucs2, 1),
            (&[("`", 10)], Ucs2, 1),
            (&[("\n", 160)], Gsm7, 1),
            (&[("\t", 1)], Ucs2, 1),
            (&[("[]{}\\|~^€", 1)], Gsm7, 1),
            (&[], Gsm7, 1),
        ];
        for (parts, encoding, count) in table {
            let expected = Segments { encoding: *encoding, count: *count };
            assert_eq!(super::count(&text(parts)), expected, "{parts:?}");
        }
    }

    #[test]
    fn the_alphabet_has_the_128_codes_of_the_standard() {
        let letters_and_digits = 26 + 26 + 10;
        let escape = 1;
        assert_eq!(GSM7_SYMBOLS.chars().count() + letters_and_digits + escape, 128);
        assert_eq!(GSM7_EXTENSION.chars().count(), 10);
    }
}
