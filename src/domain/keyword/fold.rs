//! A text as its words alone: no case, no accents, no punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text, lower case, without accents, one blank between two, so that "Arrêt!", "OPT-OUT", "ＳＴＯＰ" and
/// "S.T.O.P" are what they look like.
pub(in crate::domain) fn fold(text: &str) -> String {
    let lower: String = text.nfkd().filter(|c| !is_invisible(*c)).collect::<String>().to_lowercase();
    let bare: String = lower.nfkd().filter(|c| !is_mark(*c)).map(dotted).nfc().collect();
    let is_gap = |c: char| !c.is_alphanumeric() && !is_combining_mark(c);
    let words: Vec<&str> = bare.split(is_gap).filter(|word| !word.is_empty()).collect();
    let is_spelled = words.len() > 2 && words.iter().all(|word| word.chars().count() == 1);
    squeeze(&words.join(if is_spelled { "" } else { " " }))
}

/// The Turkish letter without its dot is the one with it.
fn dotted(c: char) -> char {
    if c == 'ı' { 'i' } else { c }
}

/// Three and more of one letter are one: "STOOOP".
fn squeeze(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for run in chars.chunk_by(|one, next| one == next) {
        let keeps = if run.len() > 2 && run[0].is_alphabetic() { 1 } else { run.len() };
        out.extend(&run[..keeps]);
    }
    out
}

/// How many words a folded text has. A lone letter, as in "s'il", is none; of writing without blanks, three characters
/// are one.
pub(super) fn length(folded: &str) -> usize {
    let of_word = |word: &str| match word.chars().filter(|c| is_unspaced(*c)).count() {
        0 => usize::from(word.chars().nth(1).is_some()),
        characters => characters.div_ceil(3),
    };
    folded.split(' ').filter(|word| !word.is_empty()).map(of_word).sum()
}

/// Han, Hiragana and Katakana, which are written without blanks.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Combining marks that Latin and Arabic writing may leave out; those of other scripts tell words apart.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{640}')
}

/// Characters nobody sees.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}
