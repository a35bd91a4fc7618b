//! What the service itself says to customers: templates with variables, per language and edition.
//!
//! None of the languages has been reviewed by a native speaker yet; `docs/texts.md` shows them all.

/// The words of one language; one that lacks a text does not compile.
macro_rules! texts {
    ($($name:ident: $text:literal,)+) => {
        /// Our words for a text.
        pub(super) const fn text(name: super::TextName) -> &'static str {
            match name {$(super::TextName::$name => $text,)+}
        }
    };
}

mod check;
mod de;
mod en;
mod es;
mod fr;
mod name;
mod pt;
mod template;

pub use self::check::{Fault, LONGEST, MOST_SEGMENTS, check, sample};
pub use self::name::{COMMON, Says, TextName};
pub use self::template::{Vars, variables};

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use self::name::{OF_ONE, SECRETS};
use self::template::fill;
use super::language;

/// The edition of the texts in this program.
pub const EDITION: &str = "1";

/// Languages this program has texts in.
pub const LANGUAGES: [&str; 5] = ["en", "es", "fr", "pt", "de"];

/// A workspace's own texts, by name and language, each with its edition.
pub type OwnTexts = HashMap<(TextName, String), (String, String)>;

/// A text ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What is sent.
    pub text: String,
    /// What the desk sees of it: the same without its secrets.
    pub shown: String,
    /// The words without what differs from customer to customer.
    pub notice: String,
    /// SHA-256 of the notice, in hex.
    pub sha256: String,
    /// Which edition.
    pub edition: String,
    /// The language it is in.
    pub language: &'static str,
}

/// The language texts are held in for somebody who writes in that one: it, or the workspace's, or English. A language
/// is spoken as soon as one text of the workspace is in it.
#[must_use]
pub fn spoken(own: &OwnTexts, wanted: Option<&str>, default: &str) -> &'static str {
    let known = |code: &str| LANGUAGES.contains(&code) || own.keys().any(|(_, language)| language == code);
    let spoken = |code: &str| language::parse(code).filter(|code| known(code));
    wanted.and_then(spoken).or_else(|| spoken(default)).unwrap_or("en")
}

/// A text with its variables filled in. Where the language lacks it, it is the English one.
#[must_use]
pub fn render(own: &OwnTexts, name: TextName, language: &'static str, vars: &Vars) -> Rendered {
    let (edition, template, language) = in_force(own, name, language);
    let notice = fill(template, |variable| match OF_ONE.contains(&variable) {
        true => Some(format!("{{{variable}}}")),
        false => vars.get(variable).map(str::to_owned),
    });
    let shown = fill(template, |variable| match SECRETS.contains(&variable) {
        true => Some("…"),
        false => vars.get(variable),
    });
    let text = fill(template, |variable| vars.get(variable));
    let sha256 = hex::encode(Sha256::digest(notice.as_bytes()));
    Rendered { text, shown, notice, sha256, edition: edition.to_owned(), language }
}

fn in_force<'a>(
    own: &'a OwnTexts,
    name: TextName,
    language: &'static str,
) -> (&'a str, &'a str, &'static str) {
    let own_text = |language: &'static str| {
        let (edition, text) = own.get(&(name, language.to_owned()))?;
        Some((edition.as_str(), text.as_str(), language))
    };
    own_text(language)
        .or_else(|| ours(name, language).map(|text| (EDITION, text, language)))
        .or_else(|| own_text("en"))
        .unwrap_or((EDITION, en::text(name), "en"))
}

/// Our own words in that language, if there are any.
#[must_use]
pub fn ours(name: TextName, language: &str) -> Option<&'static str> {
    match language {
        "en" => Some(en::text(name)),
        "es" => Some(es::text(name)),
        "fr" => Some(fr::text(name)),
        "pt" => Some(pt::text(name)),
        "de" => Some(de::text(name)),
        _ => None,
    }
}

/// Our own words, in English where there are none in that language.
#[must_use]
pub fn default(name: TextName, language: &str) -> &'static str {
    ours(name, language).unwrap_or_else(|| en::text(name))
}

#[cfg(test)]
mod tests;
