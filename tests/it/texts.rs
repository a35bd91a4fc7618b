//! The page of the texts shows them as they are.
#![expect(clippy::disallowed_methods, reason = "UPDATE_TEXTS=1 accepts a change")]

use std::fmt::Write as _;

use segue::domain::segments;
use segue::domain::texts::{LANGUAGES, OwnTexts, TextName, ours, render, sample};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/texts.md");
const MARKS: [&str; 2] = ["<!-- texts:begin -->\n", "<!-- texts:end -->\n"];

/// The page cut in three at its marks.
fn cut(page: &str) -> [&str; 3] {
    let (before, rest) = page.split_once(MARKS[0]).unwrap();
    let (between, after) = rest.split_once(MARKS[1]).unwrap();
    [before, between, after]
}

fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(" ")
}

fn tables() -> String {
    let mut out = String::from(
        "\n## Who gets which when\n\n| text | who gets it when | needs | tells to write |\n|---|---|---|---|\n",
    );
    for name in TextName::ALL {
        let (needs, says) = (name.needs().iter().copied(), name.says().iter().map(|says| says.as_str()));
        writeln!(out, "| `{}` | {} | {} | {} |", name.as_str(), name.about(), listed(needs), listed(says))
            .unwrap();
    }
    for language in LANGUAGES {
        write!(out, "\n## `{language}`\n\n| text | words | as a text message |\n|---|---|---|\n").unwrap();
        for name in TextName::ALL {
            let text = ours(*name, language).unwrap();
            writeln!(out, "| `{}` | {text} | {} |", name.as_str(), cost(*name, language)).unwrap();
        }
    }
    out + "\n"
}

/// What it costs with a brand of 20 characters and a privacy address of 30.
fn cost(name: TextName, language: &'static str) -> String {
    if !name.is_texted() {
        return "–".into();
    }
    let filled = render(&OwnTexts::new(), name, language, &sample()).text;
    let count = segments::count(&filled).count;
    format!("{count} segment{}", if count == 1 { "" } else { "s" })
}

#[test]
fn the_page_of_the_texts_shows_them_as_they_are() {
    let kept = std::fs::read_to_string(PAGE).unwrap();
    let [before, between, after] = cut(&kept);
    let tables = tables();
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        std::fs::write(PAGE, [before, MARKS[0], &tables, MARKS[1], after].concat()).unwrap();
        return;
    }
    assert!(between == tables, "docs/texts.md is not up to date; UPDATE_TEXTS=1 accepts the change");
}

#[test]
fn the_page_says_of_every_language_whether_it_was_reviewed() {
    let kept = std::fs::read_to_string(PAGE).unwrap();
    for language in LANGUAGES {
        let row = kept.lines().find(|line| line.starts_with(&format!("| `{language}` ")));
        let last = row.and_then(|row| row.trim_end_matches(" |").rsplit(" | ").next());
        assert!(matches!(last, Some("no" | "yes")), "{language}: {last:?}");
    }
}
