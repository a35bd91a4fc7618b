//! Templates: words with `{variables}`, and `[parts]` that are left out where a variable in them stands for nothing.

use crate::domain::workspace::WorkspaceSettings;

/// What variables stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vars(Vec<(&'static str, String)>);

impl Vars {
    /// Those that every text knows, as the workspace is set.
    #[must_use]
    pub fn of(settings: &WorkspaceSettings) -> Self {
        let mut vars = Self::default().with("brand", &settings.brand);
        let more = [
            ("privacy", &settings.privacy_url),
            ("terms", &settings.terms_url),
            ("support", &settings.support_contact),
        ];
        for (name, value) in more {
            vars.0.extend(value.clone().map(|value| (name, value)));
        }
        vars
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// A text of somebody else with what is known put in; other braces stay as they are.
    #[must_use]
    pub fn put_into(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// A stretch of a template, all of it plain or all of it in one pair of brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch<'a> {
    /// Whether it may be left out.
    pub(super) is_optional: bool,
    pub(super) pieces: Vec<Piece<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

impl<'a> Stretch<'a> {
    fn read(text: &'a str, is_optional: bool) -> Result<Self, &'static str> {
        let mut parts = text.split('{');
        let mut pieces = vec![Piece::Text(parts.next().unwrap_or_default())];
        for part in parts {
            let (name, after) = part.split_once('}').ok_or("has a { without its }")?;
            pieces.extend([Piece::Variable(name), Piece::Text(after)]);
        }
        let is_stray = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.contains(['}', ']']));
        if pieces.iter().any(is_stray) {
            return Err("has a } or ] without its beginning");
        }
        Ok(Self { is_optional, pieces })
    }

    /// The names of its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(*name),
            Piece::Text(_) => None,
        })
    }
}

/// The stretches of a template, or what is wrong with it.
pub(super) fn parse(template: &str) -> Result<Vec<Stretch<'_>>, &'static str> {
    let mut parts = template.split('[');
    let mut stretches = vec![Stretch::read(parts.next().unwrap_or_default(), false)?];
    for part in parts {
        let (inside, after) = part.split_once(']').ok_or("has a [ without its ]")?;
        stretches.extend([Stretch::read(inside, true)?, Stretch::read(after, false)?]);
    }
    Ok(stretches)
}

/// The variables of a template, in the order they stand.
#[must_use]
pub fn variables(template: &str) -> Vec<&str> {
    parse(template).iter().flatten().flat_map(Stretch::variables).collect()
}

/// A template with its variables filled in. Outside of brackets, a variable nobody gave is left out with the blank
/// before it. What is no template is left as it stands.
pub(super) fn fill<V: AsRef<str>>(template: &str, value: impl Fn(&str) -> Option<V>) -> String {
    let Ok(stretches) = parse(template) else { return template.to_owned() };
    let mut text = String::with_capacity(template.len() * 2);
    for stretch in stretches {
        if stretch.is_optional && stretch.variables().any(|name| value(name).is_none()) {
            continue;
        }
        for piece in stretch.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Variable(name) => match value(name) {
                    Some(value) => text.push_str(value.as_ref()),
                    None => text.truncate(text.trim_end().len()),
                },
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOTHING: Option<&str> = None;

    #[test]
    fn a_missing_variable_leaves_no_hole() {
        assert_eq!(fill("See {privacy}.", |_| NOTHING), "See.");
        assert_eq!(fill("a {b} {c}", |name| (name == "b").then_some("B")), "a B");
        assert_eq!(fill("STOP to end.[ Privacy: {privacy}] Bye", |_| NOTHING), "STOP to end. Bye");
        assert_eq!(fill("End.[ {a}{b}]", |name| (name == "a").then_some("A")), "End.");
        assert_eq!(fill("End.[ {a}]", |_| Some("[{a}]")), "End. [{a}]");
    }

    #[test]
    fn what_is_no_template_is_told_apart() {
        for wrong in ["open {brace", "close} it", "open [bracket", "close] it", "[a [b]]", "{a", "[{a]}"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(variables("{a}[ {b}] {a}"), ["a", "b", "a"]);
        assert_eq!(variables("plain"), Vec::<&str>::new());
    }

    proptest! {
        /// A value is never read as a template, whatever it holds.
        #[test]
        fn values_stand_as_they_were_given(before in "[a-z ]{0,9}", value in "\\PC{0,30}", after in "[a-z ]{0,9}") {
            let template = format!("{before}{{x}}{after}");
            prop_assert_eq!(fill(&template, |_| Some(&value)), format!("{before}{value}{after}"));
        }

        #[test]
        fn any_text_can_be_filled(template in "[ab\\[\\]{}]{0,20}") {
            fill(&template, |_| NOTHING);
            prop_assert_eq!(fill(&template, |_| Some("")).contains('{'), parse(&template).is_err() && template.contains('{'));
        }
    }
}
