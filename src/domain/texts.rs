//! What the service itself says to customers: templates with variables, per language and edition.

mod en;

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The edition of the texts in this program.
const EDITION: &str = "1";

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $word:literal [$($needs:literal),*];)+) => {
        /// A text by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum TextName {$(
            $(#[$doc])*
            #[serde(rename = $word)]
            $name,
        )+}

        impl TextName {
            /// Every text there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in JSON and SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $word,)+}
            }

            /// The variables it cannot do without.
            #[must_use]
            pub const fn needs(self) -> &'static [&'static str] {
                match self {$(Self::$name => &[$($needs),*],)+}
            }
        }
    };
}

names! {
    /// In public: acknowledges, asks for a private message, says that answering here is fine too.
    InviteDm = "invite.dm" [];
    /// In public: acknowledges, gives our number and the case reference, says that answering here is fine too.
    InviteNumber = "invite.number" ["number", "case"];
    /// In private, in answer to the public post: the first word, with the question of [`TextName::Here`].
    PrivateReply = "private_reply" ["brand"];
    /// In public, after it was settled in private.
    Closing = "closing" [];
    /// To the account in private: will you go on here? Answered by AGREE.
    Here = "ask.here" ["brand"];
    /// To the account in private: the notice, and the token to text to our number.
    Token = "ask.token" ["brand", "token", "number"];
    /// To a phone that named a case: the notice, and the phrase to post in the public thread.
    Phrase = "ask.phrase" ["brand", "phrase", "last2"];
    /// To a number the account gave: the code to type back there.
    Code = "ask.code" ["brand", "code"];
    /// To the private channel: the question, answered by AGREE.
    Agree = "ask.agree" ["brand"];
    /// To the private channel: it is on. Names brand, rates, HELP and STOP (CTIA, Messaging Principles).
    Confirm = "confirm" ["brand"];
    /// To the account in private: which number joined, and how to object.
    Joined = "joined" ["last2"];
    /// To a side that said no.
    Declined = "declined" ["brand"];
    /// The one answer to an opt-out.
    Stopped = "stopped" ["brand"];
    /// The one answer to an opt-out among other words.
    StopUnclear = "stopped.unclear" ["brand"];
    /// The answer to HELP.
    Help = "help" ["brand"];
    /// The answer to START where the consent lives on.
    Started = "started" ["brand"];
    /// The answer to START, or to JOIN alone, where nothing is there to come back to.
    HowToJoin = "how_to_join" ["brand"];
    /// The answer to any secret that proves nothing: always the same.
    NotValid = "not_valid" ["brand"];
    /// The answer to RECEIPT.
    Receipt = "receipt" ["brand", "link"];
}

impl TextName {
    /// The text of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.as_str() == word)
    }

    /// Whether everybody can read it.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::InviteDm | Self::InviteNumber | Self::Closing)
    }
}

/// Variables that stand for a secret: they are no part of a notice.
const SECRETS: [&str; 4] = ["token", "phrase", "code", "link"];

/// What variables stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vars(Vec<(&'static str, String)>);

impl Vars {
    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// A workspace's own texts, by name and language, each with its edition.
pub type OwnTexts = HashMap<(TextName, String), (String, String)>;

/// A text ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What is sent.
    pub text: String,
    /// What the desk sees of it: the same without its secrets.
    pub shown: String,
    /// The words without the secrets in them.
    pub notice: String,
    /// SHA-256 of the notice, in hex.
    pub sha256: String,
    /// Which edition.
    pub edition: String,
    /// The language it is in.
    pub language: &'static str,
}

/// Languages there are texts in, with their own name.
pub const LANGUAGES: [&str; 1] = ["en"];

/// The language texts are held in for somebody who writes in that one: it, or the workspace's, or English.
#[must_use]
pub fn spoken(wanted: Option<&str>, default: &str) -> &'static str {
    let known = |code: &str| LANGUAGES.into_iter().find(|known| *known == code);
    wanted.and_then(known).or_else(|| known(default)).unwrap_or("en")
}

/// A text with its variables filled in. A variable nobody gave is left out with the blank before it.
#[must_use]
pub fn render(own: &OwnTexts, name: TextName, language: &'static str, vars: &Vars) -> Rendered {
    let (edition, template) = match own.get(&(name, language.to_owned())) {
        Some((edition, text)) => (edition.as_str(), text.as_str()),
        None => (EDITION, default(name, language)),
    };
    let notice = fill(template, |variable| match SECRETS.contains(&variable) {
        true => Some(format!("{{{variable}}}")),
        false => vars.get(variable).map(str::to_owned),
    });
    let text = fill(&notice, |variable| vars.get(variable).map(str::to_owned));
    let shown = fill(&notice, |_| Some("…".to_owned()));
    let sha256 = hex::encode(Sha256::digest(notice.as_bytes()));
    Rendered { text, shown, notice, sha256, edition: edition.to_owned(), language }
}

/// Our own words.
#[must_use]
pub fn default(name: TextName, language: &str) -> &'static str {
    let _ = language;
    en::text(name)
}

/// The variables of a template, in the order they stand.
#[must_use]
pub fn variables(template: &str) -> Vec<&str> {
    let parts = template.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            let _ = write!(text, "{{{after}");
            return text;
        };
        match value(name) {
            Some(value) => text.push_str(&value),
            None => text.truncate(text.trim_end().len()),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_the_variables_it_needs() {
        for name in TextName::ALL {
            for language in LANGUAGES {
                let known = variables(default(*name, language));
                for needed in name.needs() {
                    assert!(known.contains(needed), "{name:?} in {language} lacks {needed}");
                }
            }
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
    fn a_missing_variable_leaves_no_hole() {
        assert_eq!(fill("See {privacy}.", |_| None), "See.");
        assert_eq!(fill("a {b} {c}", |name| (name == "b").then(|| "B".into())), "a B");
        assert_eq!(fill("open {brace", |_| None), "open {brace");
    }
}
