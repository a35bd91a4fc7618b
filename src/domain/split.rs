//! Cutting a long text into the parts that one provider request each can carry.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Cuts a text into parts of at most `limit` characters, whose concatenation is the text.
///
/// A part ends after a line break or else a blank, if one stands in its second half; otherwise between two characters
/// as a reader sees them: an emoji sequence or a letter with its marks is cut only when it alone exceeds the limit.
/// An empty text is one empty part, for a message that is nothing but attachments.
#[must_use]
pub fn split(text: &str, limit: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        let end = start + first_part(&text[start..], limit.max(1));
        parts.push(start..end);
        if end == text.len() {
            return parts;
        }
        start = end;
    }
}

/// The length in bytes of the first part.
fn first_part(text: &str, limit: usize) -> usize {
    let Some((longest, _)) = text.char_indices().nth(limit) else { return text.len() };
    let (mut line, mut blank, mut any) = (0, 0, 0);
    let ends = text.grapheme_indices(true).map(|(at, grapheme)| (at + grapheme.len(), grapheme));
    for (end, grapheme) in ends.take_while(|(end, _)| *end <= longest) {
        any = end;
        if grapheme.contains('\n') {
            line = end;
        } else if grapheme.chars().all(char::is_whitespace) {
            blank = end;
        }
    }
    let late_enough = |end: &usize| *end * 2 >= longest;
    [line, blank].into_iter().find(late_enough).unwrap_or(if any > 0 { any } else { longest })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::split;

    fn parts(text: &str, limit: usize) -> Vec<&str> {
        split(text, limit).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_cut_prefers_a_line_end_then_a_blank_then_any_place() {
        let table: &[(&str, usize, &[&str])] = &[
            ("", 10, &[""]),
            ("short", 10, &["short"]),
            ("exactly10!", 10, &["exactly10!"]),
            ("one two\nthree four", 10, &["one two\n", "three four"]),
            ("one two three", 10, &["one two ", "three"]),
            ("a\nbcdefghijkl", 10, &["a\nbcdefghi", "jkl"]),
            ("abcdefghijkl", 10, &["abcdefghij", "kl"]),
            ("abc", 0, &["a", "b", "c"]),
        ];
        for (text, limit, expected) in table {
            assert_eq!(parts(text, *limit), *expected, "{text:?} at {limit}");
        }
    }

    #[test]
    fn what_reads_as_one_character_stays_whole() {
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(parts(&format!("ab{family}"), 6), ["ab", family]);
        assert_eq!(parts("abcde\u{301}", 5), ["abcd", "e\u{301}"]);
        assert_eq!(parts("ab\r\n", 3), ["ab", "\r\n"]);
    }

    #[test]
    fn a_sequence_longer_than_the_limit_is_cut_all_the_same() {
        assert_eq!(parts("e\u{301}\u{302}\u{303}", 2).len(), 2);
    }

    proptest! {
        #[test]
        fn the_parts_are_the_text_and_each_fits(text in "(\\PC|[ \\n\u{301}\u{200d}👩])*", limit in 1_usize..40) {
            let parts = parts(&text, limit);
            prop_assert_eq!(parts.concat(), text.as_str());
            prop_assert!(parts.iter().all(|part| part.chars().count() <= limit));
            prop_assert!(parts.len() == 1 || parts.iter().all(|part| !part.is_empty()));
        }
    }
}
