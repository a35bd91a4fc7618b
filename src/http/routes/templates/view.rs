//! Templates as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::segments::{self, Segments};
use crate::domain::texts::{EDITION, LANGUAGES, OwnTexts, TextName, ours, render, sample};
use crate::domain::time::Timestamp;
use crate::store::template::OwnText;

/// A text the service says to customers, in all its languages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct TemplateView {
    /// Which text.
    name: TextName,
    /// Who gets it when.
    #[schema(example = "In public, after it was settled in private.")]
    about: &'static str,
    /// Whether everybody can read it.
    public: bool,
    /// The variables it cannot do without.
    #[schema(example = json!(["brand", "token", "number"]))]
    needs: &'static [&'static str],
    /// The variables it may use.
    #[schema(example = json!(["brand", "token", "number", "privacy", "terms", "support"]))]
    knows: Vec<&'static str>,
    /// The words customers must be told to write back: these, or any that is understood as the same.
    #[schema(example = json!(["JOIN {token}", "STOP"]))]
    says: Vec<&'static str>,
    /// The words in each language: those of this program, and those the workspace brought.
    languages: Vec<WordsView>,
}

/// The words of a text in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateWords)]
pub(super) struct WordsView {
    /// ISO 639-1.
    #[schema(example = "en")]
    language: String,
    /// The words in force; null in a language that has none any more, where English ones are said.
    text: Option<String>,
    /// Their edition, as it stands in notices: a number is ours, `own-` and a number the workspace's own.
    #[schema(example = "own-2")]
    edition: Option<String>,
    /// Our words; null in a language we have none in.
    default: Option<&'static str>,
    /// Whether the workspace's own words are in force.
    own: bool,
    /// What it costs as a text message with a brand of 20 characters and a privacy address of 30; null where it is never
    /// one.
    segments: Option<Segments>,
}

/// A text in one language, with its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateInLanguage)]
pub(super) struct TextView {
    /// Which text.
    name: TextName,
    #[serde(flatten)]
    words: WordsView,
    /// How often the workspace changed it; the `ETag`.
    #[schema(example = 2)]
    version: i64,
    /// What the workspace made of it, newest first.
    versions: Vec<VersionView>,
}

/// One version of a workspace's own text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersion)]
struct VersionView {
    /// 1 for the first.
    #[schema(example = 2)]
    version: i64,
    /// The words; null where it went back to ours.
    text: Option<String>,
    /// Since when.
    created_at: Timestamp,
}

/// The words in a language: the workspace's newest, or ours.
fn words(name: TextName, language: &str, newest: Option<&OwnText>) -> WordsView {
    let own = newest.and_then(|newest| newest.text.clone().zip(Some(newest.edition())));
    let default = ours(name, language);
    let is_own = own.is_some();
    let (text, edition) = own.or_else(|| Some((default?.to_owned(), EDITION.to_owned()))).unzip();
    let cost = |text: &String| segments::count(&filled(name, text));
    let segments = text.as_ref().filter(|_| name.is_texted()).map(cost);
    WordsView { language: language.to_owned(), text, edition, default, own: is_own, segments }
}

fn filled(name: TextName, text: &str) -> String {
    let one = OwnTexts::from([((name, "en".to_owned()), (String::new(), text.to_owned()))]);
    render(&one, name, "en", &sample()).text
}

/// A text in all its languages; `own` are the newest versions of all of the workspace's texts.
pub(super) fn of_all(name: TextName, own: &[OwnText]) -> TemplateView {
    let newest = |language: &str| own.iter().find(|one| one.name == name && one.language == language);
    let is_brought = |one: &&OwnText| {
        one.name == name && one.text.is_some() && !LANGUAGES.contains(&one.language.as_str())
    };
    let mut brought: Vec<&str> = own.iter().filter(is_brought).map(|one| one.language.as_str()).collect();
    brought.sort_unstable();
    let languages = LANGUAGES.into_iter().chain(brought);
    TemplateView {
        name,
        about: name.about(),
        public: name.is_public(),
        needs: name.needs(),
        knows: name.knows(),
        says: name.says().iter().map(|says| says.as_str()).collect(),
        languages: languages.map(|language| words(name, language, newest(language))).collect(),
    }
}

impl TextView {
    /// A text in one language; `versions` newest first.
    pub(super) fn of(name: TextName, language: &str, versions: Vec<OwnText>) -> Self {
        let version = versions.first().map_or(0, |newest| newest.version);
        let words = words(name, language, versions.first());
        let view =
            |own: OwnText| VersionView { version: own.version, text: own.text, created_at: own.created_at };
        Self { name, words, version, versions: versions.into_iter().map(view).collect() }
    }
}
