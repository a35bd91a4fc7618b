//! Answers to our questions, when they are the whole message: agreed, declined, or the wish for a receipt.
//!
//! Agreeing takes a word that says so. "Yes", "sí", "oui", "ja" and "sim" alone say nothing: carriers read YES as an
//! opt-in to everything, and people write it to be polite. None of these lists has been reviewed by native speakers yet.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::keyword::folded;

/// What a customer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// I agree to what you asked.
    Agree,
    /// I do not; or, where something was done in my name: that was not me.
    Decline,
    /// Show me what I agreed to.
    Receipt,
}

use Answer::{Agree, Decline, Receipt};

/// Language, answer and its wordings; case, accents and punctuation do not matter.
///
/// Left out on purpose: "d'accord" and "de acuerdo" alone mean "all right", "reçu" alone means "got it".
pub const LEXICON: &[(&str, Answer, &[&str])] = &[
    ("en", Agree, &["agree", "agreed", "I agree", "yes, agree", "yes, I agree", "yes I do agree"]),
    (
        "en",
        Decline,
        &["no", "nope", "no thanks", "no thank you", "decline", "I decline", "disagree", "I disagree"],
    ),
    (
        "en",
        Decline,
        &["I do not agree", "I don't agree", "I dont agree", "no, I do not agree", "no, I don't agree"],
    ),
    (
        "en",
        Decline,
        &["not me", "no, not me", "that was not me", "that wasn't me", "it was not me", "it wasn't me"],
    ),
    ("en", Receipt, &["receipt", "my receipt", "receipt please", "send receipt"]),
    (
        "es",
        Agree,
        &["acepto", "aceptar", "sí, acepto", "yo acepto", "estoy de acuerdo", "sí, estoy de acuerdo"],
    ),
    ("es", Decline, &["no", "no, gracias", "no acepto", "no estoy de acuerdo", "rechazo", "rechazar"]),
    ("es", Decline, &["no fui yo", "no he sido yo", "no soy yo", "yo no fui"]),
    ("es", Receipt, &["recibo", "comprobante", "justificante"]),
    (
        "fr",
        Agree,
        &["accepter", "j'accepte", "accepte", "oui, j'accepte", "je suis d'accord", "oui, je suis d'accord"],
    ),
    ("fr", Decline, &["non", "non merci", "refuser", "je refuse", "refus", "je n'accepte pas"]),
    ("fr", Decline, &["je ne suis pas d'accord", "pas moi", "ce n'est pas moi", "ce n'était pas moi"]),
    ("fr", Receipt, &["justificatif", "récépissé", "mon reçu"]),
    (
        "pt",
        Agree,
        &["aceito", "aceitar", "eu aceito", "sim, aceito", "concordo", "eu concordo", "sim, concordo"],
    ),
    ("pt", Agree, &["estou de acordo", "sim, estou de acordo"]),
    (
        "pt",
        Decline,
        &["não", "não, obrigado", "não, obrigada", "recuso", "recusar", "não aceito", "não concordo"],
    ),
    ("pt", Decline, &["não estou de acordo", "não fui eu", "não sou eu"]),
    ("pt", Receipt, &["recibo", "comprovante", "comprovativo"]),
    ("de", Agree, &["zustimmen", "ich stimme zu", "stimme zu", "ja, ich stimme zu", "einverstanden"]),
    ("de", Agree, &["ich bin einverstanden", "ja, ich bin einverstanden", "ja, einverstanden"]),
    ("de", Decline, &["nein", "nein danke", "ablehnen", "ich lehne ab", "ich stimme nicht zu"]),
    (
        "de",
        Decline,
        &["nicht einverstanden", "ich bin nicht einverstanden", "das war ich nicht", "ich war das nicht"],
    ),
    ("de", Receipt, &["Beleg", "Quittung", "Nachweis"]),
    ("it", Agree, &["accetto", "sì, accetto", "acconsento", "sono d'accordo"]),
    (
        "it",
        Decline,
        &["no", "no grazie", "rifiuto", "non accetto", "non sono d'accordo", "non ero io", "non sono io"],
    ),
    ("it", Receipt, &["ricevuta"]),
    ("nl", Agree, &["ik ga akkoord", "ja, ik ga akkoord"]),
    (
        "nl",
        Decline,
        &["nee", "nee bedankt", "nee dank je", "ik ga niet akkoord", "ik was het niet", "dat was ik niet"],
    ),
    ("nl", Receipt, &["ontvangstbewijs"]),
    ("no", Agree, &["jeg samtykker", "samtykker", "jeg godtar"]),
    ("no", Decline, &["nei", "nei takk", "jeg samtykker ikke", "det var ikke meg"]),
    ("no", Receipt, &["kvittering"]),
    ("sv", Agree, &["jag samtycker", "samtycker", "jag godkänner"]),
    ("sv", Decline, &["nej", "nej tack", "jag samtycker inte", "det var inte jag"]),
    ("sv", Receipt, &["kvitto"]),
    ("pl", Agree, &["zgadzam się", "wyrażam zgodę", "tak, zgadzam się"]),
    ("pl", Decline, &["nie", "nie, dziękuję", "nie zgadzam się", "nie wyrażam zgody", "to nie ja"]),
    ("tr", Agree, &["kabul ediyorum", "evet, kabul ediyorum", "onaylıyorum", "onayliyorum"]),
    ("tr", Decline, &["hayır", "hayir", "kabul etmiyorum", "ben değildim"]),
    ("ar", Agree, &["أوافق", "اوافق", "أنا أوافق", "نعم أوافق"]),
    ("ar", Decline, &["لا", "لا شكرا", "لا أوافق", "لا اوافق", "أرفض"]),
    ("hi", Agree, &["मैं सहमत हूँ", "मैं सहमत हूं"]),
    ("hi", Decline, &["नहीं", "मैं सहमत नहीं हूँ", "मैं सहमत नहीं हूं"]),
    ("ja", Agree, &["同意", "同意します", "同意する"]),
    ("ja", Decline, &["いいえ", "同意しません", "同意しない"]),
    ("zh", Agree, &["同意", "我同意"]),
    ("zh", Decline, &["不", "不同意", "我不同意", "拒绝", "拒絕"]),
];

static ANSWERS: LazyLock<HashMap<String, Answer>> = LazyLock::new(|| {
    let wordings =
        LEXICON.iter().flat_map(|(_, answer, wordings)| wordings.iter().map(|text| (folded(text), *answer)));
    wordings.collect()
});

/// The answer a whole message is, if it is one.
#[must_use]
pub fn read(text: &str) -> Option<Answer> {
    ANSWERS.get(&folded(text)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyword;

    #[test]
    fn every_wording_is_read_as_its_answer_in_capitals_too() {
        for (language, answer, wordings) in LEXICON {
            for wording in *wordings {
                for said in [wording.to_string(), wording.to_uppercase(), format!("  «{wording}»!\n")] {
                    assert_eq!(read(&said), Some(*answer), "{language}: {said}");
                }
            }
        }
    }

    #[test]
    fn no_wording_is_a_command() {
        for (language, _, wordings) in LEXICON {
            for wording in *wordings {
                assert_eq!(keyword::read(wording), None, "{language}: {wording}");
            }
        }
    }

    #[test]
    fn accents_case_and_punctuation_do_not_hide_an_answer() {
        for (said, answer) in [
            ("I Agree.", Agree),
            ("ＡＧＲＥＥ", Agree),
            ("agree 👍", Agree),
            ("¡Acepto!", Agree),
            ("J’accepte", Agree),
            ("nao", Decline),
            ("NÃO", Decline),
            ("I don’t agree", Decline),
            ("KABUL EDİYORUM", Agree),
            ("Receipt?", Receipt),
            ("RECEPISSE", Receipt),
        ] {
            assert_eq!(read(said), Some(answer), "{said}");
        }
    }

    #[test]
    fn politeness_is_no_consent() {
        for said in [
            "",
            "yes",
            "YES!",
            "y",
            "ok",
            "okay",
            "sure",
            "fine",
            "yes please",
            "sí",
            "si",
            "vale",
            "de acuerdo",
            "claro",
            "oui",
            "d'accord",
            "sim",
            "ja",
            "ja bitte",
            "gut",
            "tak",
            "evet",
            "نعم",
            "हाँ",
            "はい",
            "是",
            "好",
            "👍",
            "1",
        ] {
            assert_eq!(read(said), None, "{said}");
        }
    }

    #[test]
    fn only_a_whole_message_is_an_answer() {
        for said in [
            "I agree that this is a scandal",
            "I agree but only until Friday",
            "no idea",
            "no, my order number is 17",
            "agree?  what do you mean",
            "where is my receipt",
            "no acepto excusas",
        ] {
            assert_eq!(read(said), None, "{said}");
        }
    }
}
