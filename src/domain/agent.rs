//! Who at the brand speaks.

use serde::{Deserialize, Serialize};

/// A person at the brand, as a customer may know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Unchecked")]
pub struct Agent {
    /// The name colleagues see.
    #[schema(example = "Ada B", min_length = 1, max_length = 80)]
    name: String,
    /// One to four letters or digits that sign every text, in upper case.
    #[schema(example = "AB", min_length = 1, max_length = 4)]
    initials: String,
}

/// What is wrong with an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgent {
    /// The name does not fit.
    #[error("name has 1 to 80 characters")]
    Name,
    /// The initials do not fit.
    #[error("initials are 1 to 4 letters or digits")]
    Initials,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    name: String,
    initials: String,
}

impl Agent {
    /// An agent of that name who signs with these initials; blanks around them fall away, small letters grow.
    ///
    /// # Errors
    /// [`InvalidAgent`] with what does not fit.
    pub fn new(name: &str, initials: &str) -> Result<Self, InvalidAgent> {
        let (name, initials) = (name.trim(), initials.trim().to_uppercase());
        if !(1..=80).contains(&name.chars().count()) {
            return Err(InvalidAgent::Name);
        }
        if !(1..=4).contains(&initials.chars().count()) || !initials.chars().all(char::is_alphanumeric) {
            return Err(InvalidAgent::Initials);
        }
        Ok(Self { name: name.to_owned(), initials })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The initials.
    #[must_use]
    pub fn initials(&self) -> &str {
        &self.initials
    }
}

impl TryFrom<Unchecked> for Agent {
    type Error = InvalidAgent;
    fn try_from(unchecked: Unchecked) -> Result<Self, InvalidAgent> {
        Self::new(&unchecked.name, &unchecked.initials)
    }
}

/// The text with the agent's sign at its end, ` ^AB`; a text that is signed already stays as it is.
#[must_use]
pub fn signed_text(text: &str, agent: &Agent) -> String {
    let sign = format!("^{}", agent.initials);
    let text = text.trim_end();
    match text.strip_suffix(sign.as_str()) {
        Some(before) if before.is_empty() || before.ends_with(char::is_whitespace) => text.to_owned(),
        _ if text.is_empty() => sign,
        _ => format!("{text} {sign}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Agent {
        Agent::new("Ada B", "ab").unwrap()
    }

    #[test]
    fn a_text_is_signed_once() {
        let table = [
            ("Hello", "Hello ^AB"),
            ("Hello  \n", "Hello ^AB"),
            ("Hello ^AB", "Hello ^AB"),
            ("Hello\n^AB ", "Hello\n^AB"),
            ("Hello ^CD", "Hello ^CD ^AB"),
            ("2^AB", "2^AB ^AB"),
            ("", "^AB"),
        ];
        for (text, expected) in table {
            assert_eq!(signed_text(text, &ada()), expected, "{text:?}");
            assert_eq!(signed_text(expected, &ada()), expected, "{text:?} twice");
        }
    }

    #[test]
    fn an_agent_comes_through_json_checked() {
        let read = |json: &str| serde_json::from_str::<Agent>(json);
        assert_eq!(read(r#"{"name":" Ada B ","initials":"ab"}"#).unwrap(), ada());
        for wrong in [
            r#"{"name":"","initials":"AB"}"#,
            r#"{"name":"Ada","initials":""}"#,
            r#"{"name":"Ada","initials":"ABCDE"}"#,
            r#"{"name":"Ada","initials":"A B"}"#,
            r#"{"name":"Ada","initials":"AB","team":"x"}"#,
            r#"{"name":"Ada"}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
