//! What a customer's words command: a keyword as the whole message, one among few words, or a wish in free text.
//!
//! Opting out is judged by content, not by form (47 CFR 64.1200(a)(10)): in every language, whatever the case, the
//! accents and the punctuation. When in doubt it is an opt-out; the confirmation says how to come back.

mod fold;
mod lexicon;
mod wish;

use serde::{Deserialize, Serialize};

pub(in crate::domain) use self::fold::fold as folded;
use self::fold::{fold, length};
pub use self::lexicon::{LEXICON, Place};
pub use self::wish::WISHES;

/// What a keyword asks for.
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

/// How a text reads as a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The whole text is a keyword.
    Whole(Keyword),
    /// An opt-out keyword stands among few words: it counts, and the customer is told what it did.
    Among,
    /// Free text that reads as the wish to be left alone: a person must look.
    Wish,
}

/// A keyword counts among at most so many words.
const FEW: usize = 4;

/// How a text reads, if it is a command at all.
#[must_use]
pub fn read(text: &str) -> Option<Reading> {
    let text = fold(text);
    if let Some(keyword) = lexicon::whole(&text) {
        return Some(Reading::Whole(keyword));
    }
    if length(&text) <= FEW && lexicon::among(&text) {
        return Some(Reading::Among);
    }
    wish::reads(&text).then_some(Reading::Wish)
}

/// Whether a text says in one word that it means to come back; `yes` may be the answer to anything.
#[must_use]
pub fn is_plain_start(text: &str) -> bool {
    let text = fold(text);
    lexicon::whole(&text) == Some(Keyword::Start) && text != "yes"
}

/// The language of the keyword a text is, where it is one.
#[must_use]
pub fn language(text: &str) -> Option<&'static str> {
    let text = fold(text);
    LEXICON.iter().find(|(_, _, _, words)| words.contains(&text.as_str())).map(|(language, ..)| *language)
}

impl Reading {
    /// The keyword it counts as.
    #[must_use]
    pub const fn keyword(self) -> Option<Keyword> {
        match self {
            Self::Whole(keyword) => Some(keyword),
            Self::Among => Some(Keyword::Stop),
            Self::Wish => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STOP: Option<Reading> = Some(Reading::Whole(Keyword::Stop));

    #[test]
    fn every_word_of_the_lexicon_is_read_as_it_stands() {
        for (_, keyword, _, words) in LEXICON {
            for word in *words {
                assert_eq!(read(word), Some(Reading::Whole(*keyword)), "{word}");
            }
        }
    }

    #[test]
    fn case_accents_and_punctuation_do_not_hide_a_command() {
        for text in [
            "STOP",
            "  Stop.\n",
            "\"STOP\"!!",
            "¡ALTO!",
            "stop 👎",
            "ＳＴＯＰ",
            "S.T.O.P",
            "s t o p",
            "STOOOP",
            "sto\u{200b}p",
            "Stop  All",
            "Opt-Out",
            "ARRÊT",
            "arre\u{302}t",
            "Désabonner",
            "No más",
            "İPTAL",
            "إلغاء",
            "تَوَقَّف",
            "बंद।",
            "停止。",
        ] {
            assert_eq!(read(text), STOP, "{text}");
        }
        for (text, keyword) in [
            ("Start", Keyword::Start),
            ("YES", Keyword::Start),
            ("unstop", Keyword::Start),
            ("help?", Keyword::Help),
            ("Aide", Keyword::Help),
            ("¿Ayuda?", Keyword::Help),
        ] {
            assert_eq!(read(text), Some(Reading::Whole(keyword)), "{text}");
        }
    }

    #[test]
    fn an_opt_out_among_few_words_counts() {
        for text in [
            "stop please",
            "please stop",
            "STOP it now!",
            "Please cancel",
            "cancel my order",
            "unsubscribe me",
            "arrêt s'il vous plaît",
            "por favor, baja",
            "bitte abmelden",
            "ferma tutto",
            "parar por favor",
            "stop ermee",
            "proszę stop",
            "lütfen iptal et",
            "من فضلك توقف",
            "कृपया बंद करो",
            "配信停止お願いします",
            "请退订",
        ] {
            assert_eq!(read(text), Some(Reading::Among), "{text}");
        }
    }

    #[test]
    fn free_text_that_reads_as_an_opt_out_is_a_wish() {
        for text in [
            "I have told you twice to stop texting me about this",
            "Please don't ever text me again, thank you",
            "take my number off your list or else I will report you",
            "I do not want to get any more messages from this company",
            "Ne m'envoyez plus de messages, je vous l'ai déjà dit",
            "Arrêtez de m'écrire à ce sujet s'il vous plaît",
            "Por favor no me escriban más, ya está resuelto el problema",
            "Dejen de mandarme mensajes sobre este asunto de una vez",
            "Por favor parem de me mandar mensagens sobre isso agora",
            "Bitte schreiben Sie mir nicht mehr, die Sache ist erledigt",
            "Ich möchte keine Nachrichten mehr von Ihnen bekommen, danke",
            "Non scrivetemi più per favore, ho già risolto tutto quanto",
            "Ik wil geen berichten meer van jullie ontvangen over dit onderwerp",
            "Nie piszcie do mnie więcej w tej sprawie, bardzo proszę",
            "Lütfen bu numaraya artık bana mesaj atmayın, yeter",
            "Vennligst ikke send meg flere meldinger om denne saken nå",
            "لا ترسلوا لي رسائل بعد الآن من فضلكم حول هذا الموضوع",
            "कृपया मुझे इस बारे में और संदेश मत भेजो धन्यवाद",
            "もうこの件についてメッセージを送らないでください。お願いします",
            "请不要再给我发短信了，这件事情已经解决了谢谢你们",
            "You have the wrong number, I never bought anything there",
        ] {
            assert_eq!(read(text), Some(Reading::Wish), "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_no_command() {
        for text in [
            "",
            "   ",
            "?!",
            "nonstop",
            "yes please",
            "ok thanks",
            "c'est dur",
            "My card was charged twice and nobody helps",
            "When will you stop charging my card every month?",
            "You did not contact me for three weeks although you said so",
            "I did not get your last message, please send it again",
            "The train does not stop at my station any more since May",
            "Me han cobrado dos veces y nadie contesta el teléfono",
            "Können Sie mir die Rechnung noch einmal schicken bitte",
            "Vous ne m'avez toujours pas envoyé le remboursement promis",
            "注文した商品がまだ届いていません。確認してください",
            "我的订单三个星期了还没有收到请帮我查一下谢谢",
            "مرحبا لم يصلني الطلب حتى الآن هل يمكنكم المساعدة",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_and_ignores_what_surrounds(text in "\\PC{0,60}", pad in "[ .,!?\"'\n]{0,6}") {
            prop_assert_eq!(read(&text), read(&format!("{pad}{text}{pad}")));
        }

        #[test]
        fn a_keyword_in_any_case_and_dress_is_one(upper in prop::collection::vec(any::<bool>(), 4), pad in "[ .!?]{0,4}") {
            let word: String = "stop".chars().zip(upper)
                .map(|(c, up)| if up { c.to_ascii_uppercase() } else { c }).collect();
            prop_assert_eq!(read(&format!("{pad}{word}{pad}")), STOP);
        }
    }
}
