//! How long a post is by X's own count: <https://docs.x.com/fundamentals/counting-characters>.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The longest post, in weighted characters.
pub const LIMIT: usize = 280;

/// What any URL weighs: it is wrapped in one of this length.
const URL: usize = 23;

/// The weighted length of a text. A URL counts only where it names its scheme.
#[must_use]
pub fn weigh(text: &str) -> usize {
    let composed: String = text.nfc().collect();
    composed.split_inclusive(char::is_whitespace).map(weigh_word).sum()
}

fn weigh_word(word: &str) -> usize {
    let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| word.find(scheme)).min() else {
        return weigh_plain(word);
    };
    let space = word.chars().filter(|c| c.is_whitespace()).count();
    weigh_plain(&word[..at]) + URL + space
}

fn weigh_plain(text: &str) -> usize {
    text.graphemes(true).map(weigh_cluster).sum()
}

/// An emoji weighs the same however many code points it is made of.
fn weigh_cluster(cluster: &str) -> usize {
    let sum = cluster.chars().map(weigh_char).sum();
    if cluster.chars().any(is_emoji) { 2.min(sum) } else { sum }
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1F000..=0x1FAFF | 0xFE0F)
}

fn weigh_char(c: char) -> usize {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::weigh;

    #[test]
    fn a_text_is_weighed_as_x_does() {
        let table = [
            ("", 0),
            ("hello", 5),
            ("¡ayuda, señor!", 14),
            ("cafe\u{301}", 4),
            ("“so”", 4),
            ("漢字かな", 8),
            ("한국", 4),
            ("😠", 2),
            ("👨‍👩‍👧‍👦", 2),
            ("👍🏽", 2),
            ("❤️", 2),
            ("https://example.com/a/very/long/path?that=goes&on=and&on", 23),
            ("see http://a.co now", 4 + 23 + 4),
            ("(https://a.co", 24),
        ];
        for (text, weight) in table {
            assert_eq!(weigh(text), weight, "{text}");
        }
    }
}
