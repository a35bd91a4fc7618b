//! A request exactly as it came: nothing decoded, nothing trimmed.

use bytes::Bytes;

/// A callback's bytes. The URL is the public one with the received query, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The URL as the provider called it.
    pub url: String,
    /// Header names as they came, values as bytes, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, unread.
    pub body: Bytes,
}

impl RawRequest {
    /// The value of a header that stands exactly once and is ASCII text; a doubled one counts as none.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let (_, value) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        std::str::from_utf8(value).ok()
    }

    /// Whether the header stands at all, once or more.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// What follows the first `?` of the URL, undecoded; empty when there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}
