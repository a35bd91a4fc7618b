//! The language a text is written in.

use whatlang::Lang;

/// The detector's languages in the two letters that desks use.
#[rustfmt::skip]
const CODES: &[(Lang, &str)] = &[
    (Lang::Epo, "eo"), (Lang::Eng, "en"), (Lang::Rus, "ru"), (Lang::Cmn, "zh"), (Lang::Spa, "es"),
    (Lang::Por, "pt"), (Lang::Ita, "it"), (Lang::Ben, "bn"), (Lang::Fra, "fr"), (Lang::Deu, "de"),
    (Lang::Ukr, "uk"), (Lang::Kat, "ka"), (Lang::Ara, "ar"), (Lang::Hin, "hi"), (Lang::Jpn, "ja"),
    (Lang::Heb, "he"), (Lang::Yid, "yi"), (Lang::Pol, "pl"), (Lang::Amh, "am"), (Lang::Jav, "jv"),
    (Lang::Kor, "ko"), (Lang::Nob, "nb"), (Lang::Dan, "da"), (Lang::Swe, "sv"), (Lang::Fin, "fi"),
    (Lang::Tur, "tr"), (Lang::Nld, "nl"), (Lang::Hun, "hu"), (Lang::Ces, "cs"), (Lang::Ell, "el"),
    (Lang::Bul, "bg"), (Lang::Bel, "be"), (Lang::Mar, "mr"), (Lang::Kan, "kn"), (Lang::Ron, "ro"),
    (Lang::Slv, "sl"), (Lang::Hrv, "hr"), (Lang::Srp, "sr"), (Lang::Mkd, "mk"), (Lang::Lit, "lt"),
    (Lang::Lav, "lv"), (Lang::Est, "et"), (Lang::Tam, "ta"), (Lang::Vie, "vi"), (Lang::Urd, "ur"),
    (Lang::Tha, "th"), (Lang::Guj, "gu"), (Lang::Uzb, "uz"), (Lang::Pan, "pa"), (Lang::Aze, "az"),
    (Lang::Ind, "id"), (Lang::Tel, "te"), (Lang::Pes, "fa"), (Lang::Mal, "ml"), (Lang::Ori, "or"),
    (Lang::Mya, "my"), (Lang::Nep, "ne"), (Lang::Sin, "si"), (Lang::Khm, "km"), (Lang::Tuk, "tk"),
    (Lang::Aka, "ak"), (Lang::Zul, "zu"), (Lang::Sna, "sn"), (Lang::Afr, "af"), (Lang::Lat, "la"),
    (Lang::Slk, "sk"), (Lang::Cat, "ca"), (Lang::Tgl, "tl"), (Lang::Hye, "hy"), (Lang::Cym, "cy"),
];

/// ISO 639-1, sorted. <https://www.loc.gov/standards/iso639-2/php/code_list.php>
#[rustfmt::skip]
const ISO_639_1: [&str; 183] = [
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn",
    "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el",
    "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv",
    "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it",
    "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt",
    "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa",
    "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl",
    "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn",
    "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
];

/// The code, if it is one of ISO 639-1.
#[must_use]
pub fn parse(code: &str) -> Option<&'static str> {
    ISO_639_1.binary_search(&code).ok().map(|at| ISO_639_1[at])
}

/// ISO 639-1 code of a text's language; `None` where the text is too short or too mixed to tell.
///
/// What the platform says counts before the detector.
#[must_use]
pub fn of(text: &str, told: Option<&str>) -> Option<String> {
    told.filter(|code| is_code(code)).map(str::to_owned).or_else(|| detect(text))
}

fn detect(text: &str) -> Option<String> {
    let found = whatlang::detect(text)?;
    code(found.lang()).filter(|_| found.is_reliable()).map(str::to_owned)
}

fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase())
}

fn code(lang: Lang) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == lang).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_recognised() {
        for (text, code) in [
            ("My card was charged twice and nobody answers the phone", "en"),
            ("Me han cobrado dos veces y nadie contesta el teléfono de atención al cliente", "es"),
            ("Vous m'avez facturé deux fois et personne ne répond au téléphone", "fr"),
            ("Fui cobrado duas vezes e ninguém atende o telefone, isso não é aceitável", "pt"),
            (
                "Mir wurde zweimal Geld vom Konto abgebucht und seit Tagen geht bei Ihnen niemand ans Telefon, das ist unmöglich",
                "de",
            ),
        ] {
            assert_eq!(of(text, None).as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn every_language_of_the_detector_has_a_code_of_the_standard() {
        for lang in Lang::all() {
            assert_eq!(parse(code(*lang).unwrap()), code(*lang), "{lang}");
        }
    }

    #[test]
    fn the_codes_of_the_standard_are_sorted_and_no_others_pass() {
        assert!(ISO_639_1.is_sorted());
        assert_eq!(parse("nl"), Some("nl"));
        for wrong in ["", "e", "xx", "EN", "eng", "en-US"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_word_alone_is_not_guessed_at() {
        assert_eq!(of("ok", None), None);
        assert_eq!(of("", None), None);
    }

    #[test]
    fn the_platforms_word_counts_first() {
        assert_eq!(of("My card was charged twice", Some("nl")).as_deref(), Some("nl"));
        assert_eq!(of("ok", Some("und")), None);
    }
}
