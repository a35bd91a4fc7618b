//! A channel: a kind of medium, public or private.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a medium, such as `sms`, `x_post` or `review`: 1 to 40 of `a-z`, `0-9`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Channel(String);

/// The text cannot name a channel.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a channel is 1 to 40 of a-z, 0-9 and _")]
pub struct InvalidChannel;

impl Channel {
    /// Reads a channel name.
    ///
    /// # Errors
    /// [`InvalidChannel`] when it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidChannel> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidChannel) }
    }

    /// A medium that this program names itself.
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        debug_assert!(Self::parse(name).is_ok(), "{name} cannot name a channel");
        Self(name.to_owned())
    }

    /// Text messages.
    #[must_use]
    pub fn sms() -> Self {
        Self("sms".into())
    }

    /// WhatsApp messages.
    #[must_use]
    pub fn whatsapp() -> Self {
        Self("whatsapp".into())
    }

    /// Whether the platform demands that a text its author took away or rewrote is removed here too (X developer
    /// policy, "Content compliance"; Meta platform terms 3.d).
    #[must_use]
    pub fn forgets(&self) -> bool {
        let demanding = ["x_post", "facebook_comment", "facebook_post", "instagram_comment", "threads_post"];
        demanding.contains(&self.as_str())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Channel {
    type Error = InvalidChannel;
    fn try_from(text: String) -> Result<Self, InvalidChannel> {
        Self::parse(&text)
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

impl utoipa::PartialSchema for Channel {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[a-z0-9_]{1,40}$"))
            .description(Some("A kind of medium: `sms`, `whatsapp`, `x_post`, `review`, …"))
            .examples([serde_json::json!("sms")])
            .into()
    }
}

impl utoipa::ToSchema for Channel {
    fn name() -> std::borrow::Cow<'static, str> {
        "Channel".into()
    }
}
