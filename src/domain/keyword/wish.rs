//! The wish to be left alone, in free text: a list of phrases anyone can read and extend, no model.
//!
//! A phrase is words in a row. `a|b` is one word or the other, `..` at most three words of any kind. In writing without
//! blanks a phrase may stand anywhere. None of these has been reviewed by native speakers yet.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::{fold, is_unspaced};
use super::lexicon::holds;

/// Most words that `..` stands for.
const GAP: usize = 3;

/// Words of a text that are looked at: a wish that comes later is not the point of the message.
const MOST_WORDS: usize = 400;

/// Language and phrases.
pub const WISHES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "stop|quit|cease .. texting|messaging|contacting|writing|spamming|bothering|harassing",
            "stop|quit|cease sending .. texts|messages|sms",
            "stop|end .. texts|messages|sms",
            "dont|don't .. text|message|contact|write|sms|bother me",
            "do not .. text|message|contact|write|sms|bother me",
            "dont|don't|not want .. texts|messages|sms",
            "dont|don't|not send me .. texts|messages|sms",
            "no more|further .. texts|messages|sms",
            "not want to get|receive .. texts|messages|sms",
            "take|get me|number .. off .. list",
            "take my number off",
            "remove|delete me|number from",
            "remove|delete my number",
            "leave me alone",
            "lose|forget my number",
            "unsubscribe|unsubscribed me|please|from",
            "opt me out",
            "want|wish|like to opt out|unsubscribe",
            "wrong number|person",
        ],
    ),
    (
        "fr",
        &[
            "arretez|arrete|cessez|cesse de|d .. ecrire|contacter|envoyer|harceler",
            "ne m envoyez|envoie|ecrivez|ecris|contactez|contacte plus",
            "ne me contactez|contacte|ecrivez|ecris|textez plus",
            "plus de messages|sms|textos",
            "laissez|laisse moi tranquille",
            "me desabonner|desinscrire",
            "mauvais|faux numero",
        ],
    ),
    (
        "es",
        &[
            "no me escriban|escriba|escribas|manden|mande|envien|envie|contacten|contacte .. mas",
            "dejen|deje|deja|paren de escribirme|mandarme|enviarme|contactarme|molestarme|molestar",
            "dejen|deje|deja de mandar|enviar .. mensajes",
            "no quiero .. mensajes|sms",
            "no mas mensajes|sms",
            "darme|denme|dame|dar de baja",
            "dejenme|dejeme|dejame en paz|tranquilo|tranquila",
            "numero equivocado",
        ],
    ),
    (
        "pt",
        &[
            "parem|pare|para de .. escrever|mandar|enviar|contatar|contactar|incomodar",
            "nao me mandem|mande|enviem|envie|escrevam|escreva|contatem|contate .. mais",
            "nao quero .. mensagens|sms",
            "sem mais mensagens",
            "me deixem|deixe|deixa em paz",
            "deixem|deixe me em paz",
            "me descadastrem|descadastre|remova|removam",
            "numero errado",
        ],
    ),
    (
        "de",
        &[
            "schreiben|schreibt|kontaktieren|kontaktiert sie|ihr .. mir|mich nicht|nie mehr|wieder",
            "schreib|schreibt mir nicht|nie mehr|wieder",
            "keine weiteren|mehr nachrichten|sms|texte",
            "keine nachrichten|sms|texte mehr",
            "horen|hort|hor .. auf .. schreiben|texten|simsen",
            "lassen|lasst|lass .. mich .. in ruhe",
            "mich .. abmelden|austragen|abbestellen",
            "falsche nummer",
        ],
    ),
    (
        "it",
        &[
            "non scrivetemi|scrivermi|contattatemi|contattarmi|mandatemi|mandarmi|inviatemi .. piu",
            "non mi scrivete|scriva|contattate|contatti|mandate|mandi .. piu",
            "smettete|smettetela|smettila|smetta di scrivermi|mandarmi|contattarmi",
            "basta messaggi|sms",
            "non voglio .. messaggi|sms",
            "lasciatemi|lasciami|mi lasci in pace",
            "numero sbagliato",
        ],
    ),
    (
        "nl",
        &[
            "geen berichten|sms|smsjes meer",
            "stop met .. sturen|berichten|sms|appen",
            "stuur|stuurt|sturen .. geen .. meer",
            "laat|laten .. met rust",
            "neem|nemen .. geen contact meer",
            "mij|me .. afmelden|uitschrijven",
            "verkeerd nummer",
        ],
    ),
    (
        "no",
        &[
            "ikke send|skriv|kontakt meg .. flere|mer|igjen",
            "slutt a|med .. sende|skrive|kontakte",
            "la meg vaere|vere|være i fred",
            "ingen flere meldinger",
            "feil nummer",
        ],
    ),
    (
        "sv",
        &[
            "skicka|skriv|kontakta .. inte .. mer|fler|igen",
            "sluta .. skicka|skriva|kontakta|smsa",
            "lamna mig ifred|i fred",
            "inga fler meddelanden|sms",
            "fel nummer",
        ],
    ),
    (
        "pl",
        &[
            "nie piszcie|pisz|kontaktujcie|kontaktuj .. wiecej",
            "nie wysylajcie|wysylaj|wysyłajcie|wysyłaj .. wiecej",
            "przestancie|przestan .. pisac|wysylac|wysyłać",
            "dajcie|daj mi spokoj",
            "zla|zła|pomylka|pomyłka numer",
        ],
    ),
    (
        "tr",
        &[
            "mesaj|sms .. atmayin|atma|gondermeyin|gonderme|yazmayin|yazma",
            "bana .. yazmayin|yazma",
            "beni rahat birakin|birak",
            "beni .. cikarin|cikar",
            "yanlis numara",
        ],
    ),
    (
        "ar",
        &[
            "لا ترسلوا|ترسل|ترسلي|تراسلوني|تراسلني",
            "لا تتواصلوا|تتصلوا|تكتبوا",
            "توقفوا|توقف|كفوا عن .. ارسال|إرسال|مراسلتي|الرسائل",
            "لا أريد|اريد .. رسائل|رسائلكم",
            "اتركوني|دعوني وشأني",
            "رقم خاطئ|خطأ|غلط",
        ],
    ),
    (
        "hi",
        &["संदेश|मैसेज|मेसेज|sms मत भेजो|भेजिए|भेजें|करो|करें|कीजिए", "मैसेज|संदेश|मेसेज .. बंद", "मुझे .. परेशान मत", "गलत नंबर"],
    ),
    (
        "ja",
        &[
            "送らないで",
            "連絡しないで",
            "送信しないで",
            "送信を止めて",
            "送信をやめて",
            "配信を止めて",
            "配信をやめて",
            "メッセージはいりません",
            "番号違い",
            "番号が違",
            "間違い電話",
        ],
    ),
    (
        "zh",
        &[
            "不要再发",
            "别再发",
            "不要再給我",
            "不要再给我",
            "别给我发",
            "不要發",
            "別再發",
            "停止发送",
            "停止發送",
            "不想再收到",
            "不要联系我",
            "别联系我",
            "打错了",
            "号码错",
            "发错人",
        ],
    ),
];

/// One word of a phrase.
#[derive(Clone, Debug)]
enum Piece {
    /// One of these; what folding cuts in two, such as `don't`, is two words.
    Word(Vec<Vec<String>>),
    /// Up to [`GAP`] words.
    Gap,
}

/// What may follow the first word of a phrase: one way for each reading of that word.
type Rests = Vec<Vec<Piece>>;

/// Phrases by the word they begin with, so that a text is gone through once.
static PHRASES: LazyLock<HashMap<String, Rests>> = LazyLock::new(|| {
    let mut phrases: HashMap<String, Rests> = HashMap::new();
    for phrase in all().filter(|phrase| !phrase.contains(is_unspaced)) {
        let pieces: Vec<Piece> = phrase.split(' ').map(piece).collect();
        for (first, rest) in beginnings(&pieces) {
            phrases.entry(first).or_default().push(rest);
        }
    }
    phrases
});

fn all() -> impl Iterator<Item = &'static str> {
    WISHES.iter().flat_map(|(_, phrases)| *phrases).copied()
}

fn piece(word: &str) -> Piece {
    match word {
        ".." => Piece::Gap,
        options => Piece::Word(options.split('|').map(words_of).collect()),
    }
}

fn words_of(option: &str) -> Vec<String> {
    fold(option).split(' ').map(str::to_owned).collect()
}

/// The words a phrase may begin with, and what follows each. No phrase begins with a gap.
fn beginnings(phrase: &[Piece]) -> Vec<(String, Vec<Piece>)> {
    let Some((Piece::Word(options), rest)) = phrase.split_first() else { return Vec::new() };
    let beginning = |option: &Vec<String>| {
        let (first, more) = option.split_first()?;
        let more = more.iter().map(|word| Piece::Word(vec![vec![word.clone()]]));
        Some((first.clone(), more.chain(rest.iter().cloned()).collect()))
    };
    options.iter().filter_map(beginning).collect()
}

/// Whether a folded text says it.
pub(super) fn reads(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').take(MOST_WORDS).collect();
    let begins = |at: usize| {
        PHRASES.get(words[at]).is_some_and(|rests| rests.iter().any(|rest| fits(rest, &words[at + 1..])))
    };
    let unspaced = || all().filter(|phrase| phrase.contains(is_unspaced));
    (0..words.len()).any(begins)
        || (text.contains(is_unspaced) && unspaced().any(|phrase| holds(text, phrase)))
}

/// Whether the words begin with the phrase.
fn fits(phrase: &[Piece], words: &[&str]) -> bool {
    match phrase.split_first() {
        None => true,
        Some((Piece::Gap, rest)) => (0..=GAP.min(words.len())).any(|skip| fits(rest, &words[skip..])),
        Some((Piece::Word(options), rest)) => options.iter().any(|option| {
            words.len() >= option.len()
                && option.iter().zip(words).all(|(wanted, word)| wanted == word)
                && fits(rest, &words[option.len()..])
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_of_the_list_is_found_as_it_stands() {
        for (language, phrases) in WISHES {
            for phrase in *phrases {
                let plain: Vec<&str> = phrase
                    .split(' ')
                    .filter(|word| *word != "..")
                    .map(|word| word.split('|').next().unwrap())
                    .collect();
                assert!(reads(&fold(&plain.join(" "))), "{language}: {phrase}");
            }
        }
    }

    #[test]
    fn every_phrase_can_be_found() {
        let spaced = all().filter(|phrase| !phrase.contains(is_unspaced));
        for phrase in spaced {
            assert!(!phrase.starts_with(".."), "{phrase}");
        }
    }
}
