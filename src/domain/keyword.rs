//! Words that are commands when they are the whole message.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// What a whole-message keyword asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages are welcome again.
    Start,
    /// Who is this, and how do I end it?
    Help,
}

/// The words of each command as [`folded`] leaves them: lower case, no accents, one blank between words.
///
/// English is 47 CFR 64.1200(a)(10) and the lists of Twilio and AWS; the other languages have no common standard.
/// <https://help.twilio.com/articles/223134027>
const LEXICON: &[(Keyword, &[&str])] = &[
    (Keyword::Stop, &["stop", "stopall", "stop all", "end", "quit", "cancel", "revoke", "unsubscribe"]),
    (Keyword::Stop, &["optout", "opt out", "remove", "leave me alone", "stop texting"]),
    (Keyword::Stop, &["arret", "arrete", "arreter", "desabonner", "td"]),
    (Keyword::Stop, &["alto", "baja", "parar", "detener", "salir", "cancelar", "no mas"]),
    (Keyword::Stop, &["sair", "pare"]),
    (Keyword::Stop, &["stopp", "abmelden", "abbestellen", "ende"]),
    (Keyword::Stop, &["basta", "ferma", "annulla", "disiscrivi"]),
    (Keyword::Stop, &["afmelden", "avslutt", "avsluta", "rezygnuje", "iptal", "dur"]),
    (Keyword::Stop, &["الغاء", "إلغاء", "توقف", "قف"]),
    (Keyword::Stop, &["रोको", "बंद"]),
    (Keyword::Stop, &["停止", "配信停止", "退订"]),
    (Keyword::Start, &["start", "yes", "unstop"]),
    (Keyword::Help, &["help", "info", "aide"]),
];

/// The command a whole message is, if it is one; a longer text that merely holds such a word is none.
#[must_use]
pub fn read(text: &str) -> Option<Keyword> {
    let words = folded(text);
    let (keyword, _) = LEXICON.iter().find(|(_, list)| list.contains(&words.as_str()))?;
    Some(*keyword)
}

/// The words of a text without case, accents and punctuation, so that "Arrêt!", "OPT-OUT" and "ＳＴＯＰ" are found.
pub(super) fn folded(text: &str) -> String {
    let lower: String = text.nfkd().collect::<String>().to_lowercase();
    let bare: String = lower.nfkd().filter(|c| !is_latin_mark(*c)).nfc().collect();
    let words: Vec<&str> =
        bare.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Combining marks as Latin uses them; those of other scripts tell words apart.
fn is_latin_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_lexicon_is_read_as_it_stands() {
        for (keyword, words) in LEXICON {
            for word in *words {
                assert_eq!(read(word), Some(*keyword), "{word}");
            }
        }
    }

    #[test]
    fn case_accents_and_punctuation_do_not_hide_a_command() {
        let table = [
            ("STOP", Keyword::Stop),
            ("  Stop.\n", Keyword::Stop),
            ("\"STOP\"!!", Keyword::Stop),
            ("¡ALTO!", Keyword::Stop),
            ("stop 👎", Keyword::Stop),
            ("ＳＴＯＰ", Keyword::Stop),
            ("Stop  All", Keyword::Stop),
            ("Opt-Out", Keyword::Stop),
            ("ARRÊT", Keyword::Stop),
            ("arre\u{302}t", Keyword::Stop),
            ("Désabonner", Keyword::Stop),
            ("No más", Keyword::Stop),
            ("İPTAL", Keyword::Stop),
            ("إلغاء", Keyword::Stop),
            ("बंद।", Keyword::Stop),
            ("停止。", Keyword::Stop),
            ("Start", Keyword::Start),
            ("YES", Keyword::Start),
            ("unstop", Keyword::Start),
            ("help?", Keyword::Help),
            ("Aide", Keyword::Help),
        ];
        for (text, keyword) in table {
            assert_eq!(read(text), Some(keyword), "{text}");
        }
    }

    #[test]
    fn only_a_whole_message_is_a_command() {
        for text in
            ["", "   ", "?!", "stop please", "please stop", "don't stop", "nonstop", "the end", "yes please"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
