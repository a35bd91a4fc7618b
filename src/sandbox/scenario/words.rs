//! What people say, by language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A language people write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Language {
    En,
    Es,
    Fr,
    Pt,
    De,
}

impl Language {
    const ALL: [Self; 5] = [Self::En, Self::Es, Self::Fr, Self::Pt, Self::De];

    /// Its code.
    pub(in crate::sandbox) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Pt => "pt",
            Self::De => "de",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::En => include_str!("words/en.toml"),
            Self::Es => include_str!("words/es.toml"),
            Self::Fr => include_str!("words/fr.toml"),
            Self::Pt => include_str!("words/pt.toml"),
            Self::De => include_str!("words/de.toml"),
        }
    }
}

/// Lists to choose from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Words {
    pub(in crate::sandbox) names: Vec<String>,
    pub(in crate::sandbox) surnames: Vec<String>,
    /// How their telephone numbers begin; six digits follow.
    pub(in crate::sandbox) phone: String,
    /// By topic.
    pub(in crate::sandbox) complaints: BTreeMap<String, Vec<String>>,
    /// What a temper adds to a complaint.
    pub(in crate::sandbox) tempers: BTreeMap<String, Vec<String>>,
    pub(in crate::sandbox) say: Say,
    pub(in crate::sandbox) desk: DeskWords,
}

/// What customers say beside complaining.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Say {
    /// Again in public.
    pub(in crate::sandbox) more: Vec<String>,
    /// What is added by an edit.
    pub(in crate::sandbox) edited: Vec<String>,
    /// First in private.
    pub(in crate::sandbox) private: Vec<String>,
    /// Then.
    pub(in crate::sandbox) talk: Vec<String>,
    pub(in crate::sandbox) agree: Vec<String>,
    pub(in crate::sandbox) refuse: Vec<String>,
    pub(in crate::sandbox) stop: Vec<String>,
    pub(in crate::sandbox) help: Vec<String>,
}

/// What agents say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct DeskWords {
    pub(in crate::sandbox) answers: Vec<String>,
}

/// What every complaint is about unless there is a storm.
pub(in crate::sandbox) const EVERYDAY: &str = "everyday";

#[expect(clippy::expect_used, reason = "the files are part of the program, and tests read every one of them")]
static ALL: LazyLock<BTreeMap<Language, Words>> = LazyLock::new(|| {
    let one = |language: Language| (language, toml::from_str(language.text()).expect("words are TOML"));
    Language::ALL.into_iter().map(one).collect()
});

/// The words of a language.
pub(in crate::sandbox) fn words(language: Language) -> &'static Words {
    &ALL[&language]
}

/// Whether every language has words for that temper.
pub(super) fn is_temper(name: &str) -> bool {
    ALL.values().all(|words| words.tempers.contains_key(name))
}

/// Whether every language has complaints of that topic.
pub(in crate::sandbox) fn is_topic(name: &str) -> bool {
    ALL.values().all(|words| words.complaints.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::{self, Answer};
    use crate::domain::keyword::{self, Keyword, Reading};

    #[test]
    fn every_language_has_words_for_everything() {
        for language in Language::ALL {
            let (words, say) = (words(language), &words(language).say);
            let said = [&say.more, &say.edited, &say.private, &say.talk, &say.agree, &say.refuse, &say.stop];
            let lists = words.complaints.values().chain(words.tempers.values()).chain(said);
            let others = [&say.help, &words.names, &words.surnames, &words.desk.answers];
            assert!(lists.chain(others).all(|list| !list.is_empty()), "{language:?}");
            assert!(is_topic(EVERYDAY));
        }
    }

    #[test]
    fn commands_are_commands_and_talk_is_talk() {
        for language in Language::ALL {
            let (words, say) = (words(language), &words(language).say);
            assert!(say.agree.iter().all(|text| answer::read(text) == Some(Answer::Agree)), "{language:?}");
            assert!(
                say.refuse.iter().all(|text| answer::read(text) == Some(Answer::Decline)),
                "{language:?}"
            );
            let is = |keyword| move |text: &String| keyword::read(text) == Some(Reading::Whole(keyword));
            assert!(say.stop.iter().all(is(Keyword::Stop)), "{language:?}");
            assert!(say.help.iter().all(is(Keyword::Help)), "{language:?}");
            let talk = words.complaints.values().chain(words.tempers.values());
            let talk = talk.chain([&say.more, &say.edited, &say.private, &say.talk]).flatten();
            for text in talk {
                assert_eq!((keyword::read(text), answer::read(text)), (None, None), "{text}");
            }
        }
    }
}
