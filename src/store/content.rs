//! What a body holds: the one place for texts, addresses of posts, names. Sealed under its identity's key.

use serde::{Deserialize, Serialize};

use crate::domain::id::BodyId;
use crate::domain::identity::Profile;
use crate::domain::inbound::Media;
use crate::vault::{Key, Unopened};

/// The plain content of one body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// A message's or a post's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the desk sees of a message's text where it holds a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// A message's attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Where a post can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permalink: Option<String>,
    /// The platform's id of a post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_id: Option<String>,
    /// The platform's id of a post's thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// ISO 639-1 code of a post's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What somebody is called.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
}

impl Content {
    /// A message's content.
    #[must_use]
    pub fn message(text: &str, media: &[Media]) -> Self {
        Self { text: Some(text.to_owned()), media: media.to_vec(), ..Self::default() }
    }

    /// A profile's content.
    #[must_use]
    pub fn profile(profile: Profile) -> Self {
        Self { profile, ..Self::default() }
    }

    /// What the desk sees of the text.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.shown.as_deref().or(self.text.as_deref())
    }

    pub(super) fn seal(&self, key: &Key, id: &BodyId) -> Vec<u8> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        key.seal(crate::clock::random(), &format!("body/{id}"), &plain)
    }

    pub(super) fn open(key: &Key, id: &str, sealed: &[u8]) -> Result<Self, Unopened> {
        let plain = key.open(&format!("body/{id}"), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| Unopened)
    }
}
