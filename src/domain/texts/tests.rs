use proptest::prelude::*;

use super::template::parse;
use super::*;
use crate::domain::answer::{self, Answer};
use crate::domain::keyword;
use crate::domain::leak::{Bounds, Leak};
use crate::domain::segments::{self, Encoding};
use crate::domain::weight;
use crate::domain::workspace::WorkspaceSettings;

fn every_text() -> impl Iterator<Item = (TextName, &'static str, &'static str)> {
    let of =
        |language| TextName::ALL.iter().map(move |name| (*name, language, ours(*name, language).unwrap()));
    LANGUAGES.into_iter().flat_map(of)
}

fn filled(name: TextName, language: &'static str) -> String {
    render(&OwnTexts::new(), name, language, &sample()).text
}

fn own(texts: &[(TextName, &str, &str)]) -> OwnTexts {
    let one = |(name, language, text): &(TextName, &str, &str)| {
        ((*name, (*language).to_owned()), ("own-2".to_owned(), (*text).to_owned()))
    };
    texts.iter().map(one).collect()
}

#[test]
fn every_text_of_ours_keeps_to_what_is_asked_of_an_own_one() {
    for (name, language, text) in every_text() {
        assert_eq!(check(name, text, &Bounds::default()), Ok(()), "{name:?} in {language}");
    }
}

#[test]
fn a_text_message_of_ours_is_one_segment_in_every_language() {
    for (name, language, _) in every_text().filter(|(name, ..)| name.is_texted()) {
        let text = filled(name, language);
        let segments = segments::count(&text);
        assert_eq!(
            (segments.encoding, segments.count),
            (Encoding::Gsm7, 1),
            "{name:?} in {language}: {text}"
        );
    }
}

#[test]
fn a_public_text_of_ours_fits_everywhere_and_gives_nothing_away() {
    for (name, language, text) in every_text().filter(|(name, ..)| name.is_public()) {
        assert!(weight::weigh(&filled(name, language)) <= weight::LIMIT, "{name:?} in {language}");
        assert!(variables(text).iter().all(|one| !SECRETS.contains(one)), "{name:?} in {language}");
    }
}

/// What stands in capitals is a word to write back; customers write it as it stands.
#[test]
fn every_word_in_capitals_is_understood() {
    let names = ["SMS", "JOIN"];
    for (name, language, text) in every_text() {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let is_capital = |word: &&str| word.chars().count() > 1 && word.chars().all(char::is_uppercase);
        for word in words.filter(is_capital).filter(|word| !names.contains(word)) {
            let is_understood = keyword::read(word).is_some() || answer::read(word).is_some();
            assert!(is_understood, "{word} of {name:?} in {language}");
        }
    }
}

#[test]
fn each_language_tells_how_to_agree_to_decline_and_to_get_the_receipt() {
    for language in LANGUAGES {
        for (name, answer) in [
            (TextName::Agree, Answer::Agree),
            (TextName::Agree, Answer::Decline),
            (TextName::Help, Answer::Receipt),
        ] {
            let text = default(name, language);
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            assert!(words.any(|word| answer::read(word) == Some(answer)), "{answer:?} in {language}: {text}");
        }
    }
}

#[test]
fn what_a_workspace_may_leave_unset_stands_in_brackets() {
    let settings = WorkspaceSettings::default().named("Example");
    let per_customer =
        TextName::ALL.iter().flat_map(|name| name.needs()).fold(Vars::of(&settings), |vars, one| {
            if COMMON.contains(one) { vars } else { vars.with(one, "x") }
        });
    for (name, language, text) in every_text() {
        let rendered = render(&OwnTexts::new(), name, language, &per_customer);
        assert!(!rendered.text.contains(['{', '}', '[', ']']), "{name:?} in {language}: {}", rendered.text);
        assert!(!rendered.text.contains("  ") && !rendered.text.ends_with(' '), "{}", rendered.text);
        let plain = parse(text).unwrap().into_iter().filter(|stretch| !stretch.is_optional);
        let always: Vec<&str> = plain.flat_map(|stretch| stretch.variables().collect::<Vec<_>>()).collect();
        assert!(always.iter().all(|one| name.needs().contains(one)), "{name:?} in {language}: {always:?}");
    }
}

#[test]
fn a_secret_is_sent_and_is_no_part_of_the_notice() {
    let vars = |token: &str| {
        Vars::default().with("brand", "Example").with("number", "+15005550006").with("token", token)
    };
    let one = render(&OwnTexts::new(), TextName::Token, "en", &vars("7F3K9QXD"));
    let other = render(&OwnTexts::new(), TextName::Token, "en", &vars("AAAAAAAA"));
    assert!(one.text.contains("JOIN 7F3K9QXD"));
    assert!(!one.notice.contains("7F3K9QXD"));
    assert_eq!(one.sha256, other.sha256);
    assert_ne!(one.text, other.text);
    assert!(one.shown.contains("JOIN … to"));
}

#[test]
fn what_differs_from_customer_to_customer_is_no_part_of_the_notice() {
    let with = |last2: &str| sample_but("last2", last2);
    let one = render(&OwnTexts::new(), TextName::Phrase, "en", &with("23"));
    let other = render(&OwnTexts::new(), TextName::Phrase, "en", &with("99"));
    assert_eq!(one.sha256, other.sha256);
    assert!(one.shown.contains("ends in 23: …"), "{}", one.shown);
    assert!(other.text.contains("ends in 99: absolute accident"), "{}", other.text);
}

fn sample_but(name: &'static str, value: &str) -> Vars {
    Vars::default()
        .with(name, value)
        .with("brand", "Example")
        .with("phrase", "absolute accident")
        .with("privacy", "https://bank.example/p")
}

#[test]
fn a_brand_that_looks_like_a_variable_brings_out_no_secret() {
    let vars = Vars::default().with("brand", "{code}").with("code", "123456");
    let rendered = render(&OwnTexts::new(), TextName::NotValid, "en", &vars);
    assert!(rendered.text.starts_with("{code}:"), "{}", rendered.text);
}

#[test]
fn a_language_is_spoken_where_there_is_a_text_in_it() {
    let dutch = own(&[(TextName::InviteDm, "nl", "Het spijt ons.")]);
    let none = OwnTexts::new();
    for (texts, wanted, default, expected) in [
        (&none, Some("fr"), "en", "fr"),
        (&none, Some("nl"), "de", "de"),
        (&none, Some("nl"), "nl", "en"),
        (&none, None, "pt", "pt"),
        (&none, Some("xx"), "", "en"),
        (&dutch, Some("nl"), "en", "nl"),
        (&dutch, None, "nl", "nl"),
        (&dutch, Some("da"), "nl", "nl"),
    ] {
        assert_eq!(spoken(texts, wanted, default), expected, "{wanted:?}, {default}");
    }
}

#[test]
fn an_own_text_goes_before_ours_and_english_before_nothing() {
    let texts =
        own(&[(TextName::Closing, "nl", "Dank u."), (TextName::Started, "en", "{brand}: back again.")]);
    let said = |name, language| {
        let rendered = render(&texts, name, language, &Vars::default().with("brand", "B"));
        (rendered.text, rendered.edition, rendered.language)
    };
    let own = |text: &str, language| (text.to_owned(), "own-2".to_owned(), language);
    assert_eq!(said(TextName::Closing, "nl"), own("Dank u.", "nl"));
    assert_eq!(said(TextName::Started, "nl"), own("B: back again.", "en"));
    assert_eq!(said(TextName::Started, "en"), own("B: back again.", "en"));
    assert_eq!(said(TextName::Closing, "de").1, EDITION);
    assert_eq!(said(TextName::InviteDm, "nl").2, "en");
}

#[test]
fn a_wrong_text_is_refused_with_its_reason() {
    let long = format!("{{brand}} {}", "x".repeat(LONGEST));
    let costly = format!("{{brand}} {}", "х".repeat(300));
    for (name, text, reason) in [
        (TextName::Closing, "", "empty"),
        (TextName::Closing, " Thanks", "blank"),
        (TextName::Closing, "a\tb", "control"),
        (TextName::Closing, "Thanks {brand", "{ without"),
        (TextName::Closing, "Thanks [{brand}", "[ without"),
        (TextName::Closing, "Thanks {name}", "not {name}"),
        (TextName::Closing, "Your code: {token}", "no secret"),
        (TextName::Closing, &"x".repeat(281), "280"),
        (TextName::InviteNumber, "Text {case}", "{number}"),
        (TextName::InviteNumber, "Text {case}[ to {number}]", "{number}"),
        (TextName::Agree, "{brand}: reply YES to go on, NO to decline, STOP to end.", "AGREE"),
        (TextName::Agree, "{brand}: reply AGREE to go on, NO to decline.", "STOP"),
        (TextName::Token, "{brand}: text {token} to {number}. STOP to end.", "JOIN"),
        (TextName::Stopped, "{brand}: you will hear nothing more.", "START"),
        (TextName::NotValid, &long, "1000"),
        (TextName::NotValid, &costly, "segments"),
    ] {
        match check(name, text, &Bounds::default()) {
            Err(Fault::Wrong(why)) => assert!(why.contains(reason), "{text}: {why}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_public_text_gives_no_address_away_but_our_own() {
    let text = "Call +1 500 555 0006 or write to {brand}.";
    assert_eq!(check(TextName::Closing, text, &Bounds::default()), Err(Fault::Leak(Leak::PhoneNumber)));
    let ours = Bounds { ours: vec!["+15005550006".into()], patterns: Vec::new() };
    assert_eq!(check(TextName::Closing, text, &ours), Ok(()));
    let kept_out = Bounds { patterns: vec!["call".into()], ..ours };
    assert_eq!(check(TextName::Closing, text, &kept_out), Err(Fault::Leak(Leak::Pattern)));
    let private = "{brand}: call +1 500 555 0006.";
    assert_eq!(check(TextName::NotValid, private, &Bounds::default()), Ok(()));
}

#[test]
fn other_languages_may_name_their_own_words() {
    for text in [
        "{brand}: antwoord IK GA AKKOORD om door te gaan, NEE om te weigeren, STOP om te stoppen.",
        "{brand}：「同意」、「いいえ」、「STOP」 のいずれかでお答えください。 同意 いいえ STOP",
    ] {
        assert_eq!(check(TextName::Agree, text, &Bounds::default()), Ok(()), "{text}");
    }
}

proptest! {
    /// Whatever becomes of a text, what is taken shows no secret in public, keeps every secret out of the notice, and
    /// says all that it needs.
    #[test]
    fn nothing_that_is_taken_breaks_a_rule(
        name in prop::sample::select(TextName::ALL.to_vec()),
        language in prop::sample::select(LANGUAGES.to_vec()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(piece())), 0..3),
    ) {
        let mut words: Vec<&str> = default(name, language).split(' ').collect();
        for (at, insert) in edits {
            let at = at.index(words.len());
            match insert {
                Some(piece) => words.insert(at, piece),
                None => drop((words.len() > 1).then(|| words.remove(at))),
            }
        }
        let text = words.join(" ");
        prop_assume!(check(name, &text, &Bounds::default()).is_ok());
        let rendered = render(&own(&[(name, language, &text)]), name, language, &sample());
        for secret in ["7F3K9QXD", "123456", "absolute accident", "/r/0123456789"] {
            prop_assert!(!rendered.notice.contains(secret) && !rendered.shown.contains(secret));
            prop_assert!(!(name.is_public() && rendered.text.contains(secret)));
        }
        let nothing_else = render(&own(&[(name, language, &text)]), name, language, &needed(name));
        for need in name.needs() {
            prop_assert!(nothing_else.text.contains(sample().get(need).unwrap()), "{} lacks {need}", text);
        }
    }
}

fn piece() -> impl Strategy<Value = &'static str> {
    let pieces = [
        "{brand}",
        "{token}",
        "{code}",
        "{number}",
        "{case}",
        "{last2}",
        "{phrase}",
        "{link}",
        "{privacy}",
        "[",
        "]",
        "AGREE",
        "NO",
        "STOP",
        "START",
        "HELP",
        "yes",
        "[{privacy}]",
        "[{token}]",
        "",
    ];
    prop::sample::select(pieces.to_vec())
}

/// The variables a text needs, and no others.
fn needed(name: TextName) -> Vars {
    let all = sample();
    name.needs().iter().fold(Vars::default(), |vars, need| vars.with(need, all.get(need).unwrap()))
}
