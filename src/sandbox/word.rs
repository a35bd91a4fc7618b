//! The word that a customer texts from a phone: its token stands in what they were written before.

use super::core::Sandbox;
use super::plan::Address;

/// What the token of an invitation stands behind.
const JOIN: &str = "JOIN ";
const TOKEN_LENGTH: usize = 8;

impl Sandbox {
    /// What somebody texts: the words, with `{token}` as far as it has come to where they read it.
    pub(crate) fn word(&self, text: &str, reads: Option<&Address>) -> String {
        let Some(reader) = reads else { return text.to_owned() };
        let token = self.token_of(reader).unwrap_or_default();
        text.replace("{token}", &token).trim().to_owned()
    }

    /// The newest token that somebody was written.
    pub(super) fn token_of(&self, reader: &Address) -> Option<String> {
        let inbox = self.inbox(&reader.provider, &reader.from)?;
        let letters = inbox["messages"].as_array()?.iter().rev();
        letters.filter_map(|letter| token(letter["text"].as_str()?)).next().map(str::to_owned)
    }
}

/// The token behind the word, if there is one.
fn token(text: &str) -> Option<&str> {
    let rest = text.split(JOIN).nth(1)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|token| token.len() == TOKEN_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_token_is_read_where_it_stands() {
        assert_eq!(token("To agree, text JOIN 7F3K9QXD to +15005550006."), Some("7F3K9QXD"));
        assert_eq!((token("JOIN us today"), token("Hello")), (None, None));
    }
}
