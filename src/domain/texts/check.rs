//! What a text must keep to, ours as well as a workspace's own.

use super::name::SECRETS;
use super::template::{Stretch, fill, parse};
use super::{Says, TextName, Vars};
use crate::domain::answer::{self, Answer};
use crate::domain::keyword::{self, Keyword, Reading};
use crate::domain::leak::{self, Bounds, Leak};
use crate::domain::{segments, weight};

/// Characters a private text may have once it is filled in.
pub const LONGEST: usize = 1000;

/// Segments a text message may take.
pub const MOST_SEGMENTS: usize = 4;

/// Words in a wording customers are told to write back.
const WORDING: usize = 4;

/// Why a text is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What is wrong with it, for its writer.
    Wrong(String),
    /// Everybody would read something private.
    Leak(Leak),
}

/// Variables with values as long as they get: a brand of 20 characters, addresses of 30, a number of 13.
#[must_use]
pub fn sample() -> Vars {
    Vars::default()
        .with("brand", "Example Trust Bank 1")
        .with("privacy", "https://bank.example/privacy-1")
        .with("terms", "https://bank.example/the-terms")
        .with("support", "help@bank.example")
        .with("number", "+441632960123")
        .with("case", "7F3K")
        .with("last2", "23")
        .with("token", "7F3K9QXD")
        .with("phrase", "absolute accident")
        .with("code", "123456")
        .with("link", "https://bridge.bank.example/r/0123456789abcdefghijklmnop")
}

/// Whether a text may be used under that name.
///
/// # Errors
/// The first [`Fault`].
pub fn check(name: TextName, text: &str, bounds: &Bounds) -> Result<(), Fault> {
    if text.trim() != text || text.is_empty() {
        return Err(wrong("is not empty, and neither begins nor ends with a blank"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(wrong("holds no control characters but line breaks"));
    }
    let stretches = parse(text).map_err(wrong)?;
    check_variables(name, &stretches)?;
    check_words(name, text)?;
    check_length(name, &fill(text, |variable| sample().get(variable).map(str::to_owned)))?;
    match leak::find(text, bounds).filter(|_| name.is_public()) {
        Some(leak) => Err(Fault::Leak(leak)),
        None => Ok(()),
    }
}

fn wrong(detail: impl Into<String>) -> Fault {
    Fault::Wrong(detail.into())
}

fn check_variables(name: TextName, stretches: &[Stretch<'_>]) -> Result<(), Fault> {
    let used = || stretches.iter().flat_map(Stretch::variables);
    if let Some(secret) = used().find(|one| name.is_public() && SECRETS.contains(one)) {
        return Err(wrong(format!("would show {{{secret}}} to everybody; a public text holds no secret")));
    }
    if let Some(unknown) = used().find(|one| !name.knows().contains(one)) {
        let known: Vec<String> = name.knows().iter().map(|one| format!("{{{one}}}")).collect();
        return Err(wrong(format!("knows {}, not {{{unknown}}}", known.join(", "))));
    }
    let always: Vec<&str> =
        stretches.iter().filter(|one| !one.is_optional).flat_map(Stretch::variables).collect();
    match name.needs().iter().find(|one| !always.contains(one)) {
        Some(missing) => Err(wrong(format!("needs {{{missing}}}, outside of brackets"))),
        None => Ok(()),
    }
}

/// Customers must be told words that are understood when they write them.
fn check_words(name: TextName, text: &str) -> Result<(), Fault> {
    match name.says().iter().find(|says| !says.stands_in(text)) {
        Some(missing) => {
            let word = missing.as_str();
            Err(wrong(format!("tells customers to write {word}, or a word that is understood as the same")))
        }
        None => Ok(()),
    }
}

fn check_length(name: TextName, filled: &str) -> Result<(), Fault> {
    if name.is_public() && weight::weigh(filled) > weight::LIMIT {
        return Err(wrong(format!("has at most {} characters as X counts them, filled in", weight::LIMIT)));
    }
    if filled.chars().count() > LONGEST {
        return Err(wrong(format!("has at most {LONGEST} characters, filled in")));
    }
    if name.is_texted() && segments::count(filled).count > MOST_SEGMENTS {
        return Err(wrong(format!("takes at most {MOST_SEGMENTS} segments as a text message, filled in")));
    }
    Ok(())
}

impl Says {
    /// Whether a word for it stands in the text: its own, or one of any language.
    #[must_use]
    pub fn stands_in(self, text: &str) -> bool {
        let words: Vec<&str> = text.split([' ', '\n']).collect();
        let wordings = (1..=WORDING).flat_map(|length| words.windows(length));
        wordings.map(|words| words.join(" ")).any(|wording| self.is_said_by(&wording))
    }

    fn is_said_by(self, wording: &str) -> bool {
        let command = |wanted| keyword::read(wording) == Some(Reading::Whole(wanted));
        let answers = |wanted| answer::read(wording) == Some(wanted);
        match self {
            Self::Agree => answers(Answer::Agree),
            Self::Decline => answers(Answer::Decline),
            Self::Stop => command(Keyword::Stop),
            Self::Start => command(Keyword::Start),
            Self::Help => command(Keyword::Help),
            Self::Join => wording.contains(self.as_str()),
        }
    }
}
