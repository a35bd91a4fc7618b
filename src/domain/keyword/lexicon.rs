//! The keywords, by language.
//!
//! English is 47 CFR 64.1200(a)(10) with the lists of Twilio and AWS; Spanish and Portuguese opt-ins are those of Sinch;
//! for the other languages there is no common list, and none of these has been reviewed by native speakers yet.
//! <https://help.twilio.com/articles/223134027>

use super::Keyword::{self, Help, Start, Stop};
use super::fold::is_unspaced;

/// Where a keyword counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As the whole message or among few words.
    Anywhere,
    /// As the whole message alone: elsewhere it is an ordinary word of this or another language.
    Alone,
}

use Place::{Alone, Anywhere};

/// Language, command, where it counts, and the words, in lower case without accents.
pub const LEXICON: &[(&str, Keyword, Place, &[&str])] = &[
    ("en", Stop, Anywhere, &["stop", "stopall", "stop all", "quit", "cancel", "revoke", "unsubscribe"]),
    ("en", Stop, Anywhere, &["optout", "opt out", "leave me alone", "stop texting"]),
    ("en", Stop, Alone, &["end", "remove"]),
    ("fr", Stop, Anywhere, &["arret", "arrete", "arreter", "arretez", "desabonner"]),
    ("fr", Stop, Alone, &["td"]),
    ("es", Stop, Anywhere, &["baja", "parar", "detener", "cancelar", "no mas"]),
    ("es", Stop, Alone, &["alto", "salir"]),
    ("pt", Stop, Anywhere, &["pare", "sair", "descadastrar"]),
    ("de", Stop, Anywhere, &["stopp", "abmelden", "abbestellen"]),
    ("de", Stop, Alone, &["ende"]),
    ("it", Stop, Anywhere, &["basta", "ferma", "annulla", "disiscrivi"]),
    ("nl", Stop, Anywhere, &["afmelden"]),
    ("no", Stop, Anywhere, &["avslutt"]),
    ("sv", Stop, Anywhere, &["avsluta"]),
    ("pl", Stop, Anywhere, &["rezygnuje"]),
    ("tr", Stop, Anywhere, &["iptal"]),
    ("tr", Stop, Alone, &["dur"]),
    ("ar", Stop, Anywhere, &["الغاء", "إلغاء", "توقف", "قف"]),
    ("hi", Stop, Anywhere, &["रोको", "बंद"]),
    ("ja", Stop, Anywhere, &["停止", "配信停止"]),
    ("zh", Stop, Anywhere, &["退订", "退訂", "停止"]),
    ("en", Start, Alone, &["start", "yes", "unstop"]),
    ("es", Start, Alone, &["volver", "recibir"]),
    ("pt", Start, Alone, &["voltar", "receber"]),
    ("en", Help, Alone, &["help", "info"]),
    ("fr", Help, Alone, &["aide"]),
    ("es", Help, Alone, &["ayuda"]),
    ("pt", Help, Alone, &["ajuda"]),
    ("de", Help, Alone, &["hilfe"]),
    ("it", Help, Alone, &["aiuto"]),
    ("nl", Help, Alone, &["hulp"]),
    ("no", Help, Alone, &["hjelp"]),
    ("sv", Help, Alone, &["hjalp"]),
    ("pl", Help, Alone, &["pomoc"]),
    ("tr", Help, Alone, &["yardim"]),
    ("ar", Help, Alone, &["مساعدة"]),
    ("hi", Help, Alone, &["मदद"]),
    ("ja", Help, Alone, &["ヘルプ"]),
    ("zh", Help, Alone, &["帮助", "幫助"]),
];

/// The command a whole folded text is.
pub(super) fn whole(text: &str) -> Option<Keyword> {
    LEXICON.iter().find(|(_, _, _, words)| words.contains(&text)).map(|(_, keyword, _, _)| *keyword)
}

/// Whether an opt-out keyword stands in a folded text.
pub(super) fn among(text: &str) -> bool {
    let stops = LEXICON.iter().filter(|(_, keyword, place, _)| (*keyword, *place) == (Stop, Anywhere));
    stops.flat_map(|(_, _, _, words)| *words).any(|word| holds(text, word))
}

/// Whether a folded text holds a word, or words in a row; of writing without blanks, whether it stands anywhere.
pub(super) fn holds(text: &str, word: &str) -> bool {
    if word.chars().any(is_unspaced) {
        return text.contains(word);
    }
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    text.match_indices(word)
        .any(|(at, _)| (at == 0 || text[..at].ends_with(' ')) && is_end(&text[at + word.len()..]))
}
