//! The mark of an act, by which its text is known again wherever it comes out: letters that are no word, no number and
//! no secret.

/// Sixteen letters for sixteen digits.
const LETTERS: &[u8; 16] = b"bcdfghjkmnpqrstv";

/// How many letters a mark has.
const LENGTH: usize = 9;

/// A text that carries the mark of an act.
pub(super) fn marked(text: &str, n: u64) -> String {
    let letter = |at: usize| char::from(LETTERS[usize::try_from(n >> (4 * at) & 15).unwrap_or_default()]);
    let letters: String = (0..LENGTH).rev().map(letter).collect();
    format!("{text} [zz{letters}]")
}

/// The mark in a text; the last one, where an edited text has several.
pub(super) fn mark_of(text: &str) -> Option<u64> {
    let (before, _) = text.rsplit_once(']')?;
    let (_, letters) = before.rsplit_once("[zz")?;
    let digit = |letter: u8| LETTERS.iter().position(|one| *one == letter).map(|digit| digit as u64);
    let is_mark = letters.len() == LENGTH;
    letters
        .bytes()
        .filter(|_| is_mark)
        .try_fold(0, |n, letter| Some(n << 4 | digit(letter)?))
        .filter(|_| is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{answer, keyword};

    #[test]
    fn a_mark_comes_out_as_it_went_in() {
        for n in [0, 1, 15, 16, 4_711, 999_999_999] {
            assert_eq!(mark_of(&marked("No parcel.", n)), Some(n));
            assert_eq!(mark_of(&format!("{} ^AB", marked("Thanks", n))), Some(n));
        }
        assert_eq!(mark_of(&marked(&marked("once", 3), 4)), Some(4));
        assert_eq!(
            (mark_of("STOP"), mark_of("[zz]"), mark_of("[zzbbb]"), mark_of("]")),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_mark_says_nothing_by_itself() {
        for n in 0..5_000 {
            let text = marked("Hello", n);
            assert_eq!((keyword::read(&text), answer::read(&text)), (None, None), "{text}");
        }
    }
}
