//! A customer on a channel: a namespace and the id the platform gives there.

use serde::{Deserialize, Serialize};

use super::id::{BodyId, CustomerId, IdentityId, WorkspaceId};
use super::time::Timestamp;

/// What kind of id an external id is, e.g. `phone`, `x` or `messenger:<page id>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Namespace(String);

/// Namespaces whose ids are phone numbers: the same number in two of them is one line.
pub const OF_NUMBERS: &[&str] = &["phone", "whatsapp", "rcs"];

impl Namespace {
    /// Phone numbers in E.164, as text messages use them.
    #[must_use]
    pub fn phone() -> Self {
        Self("phone".into())
    }

    /// Any other namespace; at most 120 characters count.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.chars().take(120).collect())
    }

    /// Whether its ids are phone numbers in E.164.
    #[must_use]
    pub fn is_of_numbers(&self) -> bool {
        OF_NUMBERS.contains(&self.as_str())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a sender in a verified callback has the shape of an E.164 number.
#[must_use]
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Somebody as a callback names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The kind of id.
    pub namespace: Namespace,
    /// The platform's own id, never a handle.
    pub external_id: String,
    /// What they are called now.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
}

/// Dated attributes of an identity: what it is called now, never its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The handle without its `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Profile {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handle.is_none() && self.name.is_none()
    }

    /// This profile with what `newer` knows laid over it.
    #[must_use]
    pub fn updated_by(&self, newer: &Self) -> Self {
        Self {
            handle: newer.handle.clone().or_else(|| self.handle.clone()),
            name: newer.name.clone().or_else(|| self.name.clone()),
        }
    }
}

/// A customer on a channel, as stored. The address itself is sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The kind of id.
    pub namespace: Namespace,
    /// The customer it belongs to now.
    pub customer_id: CustomerId,
    /// The customer it began as, and is again when its links end.
    pub own_customer_id: CustomerId,
    /// Where its present profile stands.
    pub profile_body_id: Option<BodyId>,
    /// When it was erased: nothing is known of it any more but that it was there.
    pub erased_at: Option<Timestamp>,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
}

/// The order key of what an identity does: the same for a callback from it and for the end of a send to it.
#[must_use]
pub fn lane(namespace: &Namespace, external_id: &str) -> String {
    format!("{}:{external_id}", namespace.as_str())
}
