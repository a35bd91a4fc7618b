//! Typed ids: a prefix that names the resource and a UUIDv7 in base32 (TypeID specification).

use std::fmt;

use serde::{Deserialize, Serialize};
use type_safe_id::{DynamicType, TypeSafeId};

use super::time::Timestamp;

/// Ten random bytes, the chance part of an id.
pub type Chance10 = [u8; 10];

/// The text is not an id of the wanted kind.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id of the form {prefix}_…")]
pub struct InvalidId {
    /// The prefix the id should carry.
    pub prefix: &'static str,
}

fn compose(prefix: &'static str, now: Timestamp, chance: &Chance10) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, chance).into_uuid();
    #[expect(clippy::expect_used, reason = "prefixes are the literals of this file, each tried by a test")]
    let kind = DynamicType::new(prefix).expect("a prefix of lower-case letters");
    TypeSafeId::from_type_and_uuid(kind, uuid).to_string()
}

fn check(prefix: &'static str, text: &str) -> Result<(), InvalidId> {
    let wrong = InvalidId { prefix };
    let parsed: TypeSafeId<DynamicType> = text.parse().map_err(|_| wrong.clone())?;
    if parsed.type_prefix() == prefix { Ok(()) } else { Err(wrong) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What the id begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id made at `now`.
            #[must_use]
            pub fn new(now: Timestamp, chance: &Chance10) -> Self {
                Self(compose(Self::PREFIX, now, chance))
            }

            /// Reads an id.
            ///
            /// # Errors
            /// [`InvalidId`] when the prefix or the base32 part is wrong.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                check(Self::PREFIX, text).map(|()| Self(text.to_owned()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(Self::PREFIX, &text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .examples([serde_json::json!(concat!($prefix, "_01kap0bswxev1bjsph3xxwkkrz"))])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

ids! {
    /// A tenant.
    WorkspaceId = "ws";
    /// An API key's public half; the secret itself is kept hashed.
    KeyId = "key";
    /// Our account at a provider.
    ConnectionId = "conn";
    /// One live or retiring secret of a connection or a webhook.
    SecretId = "sec";
    /// One HTTP request from a provider.
    CallbackId = "clb";
    /// A callback nobody vouched for.
    RejectedId = "rej";
    /// A customer on a channel.
    IdentityId = "idn";
    /// The identities joined by live links.
    CustomerId = "cus";
    /// A reversible, proven edge between two identities.
    LinkId = "lnk";
    /// A public thread by one identity.
    ComplaintId = "cmp";
    /// The way of a complaint to a private conversation.
    HandoffId = "hof";
    /// What an identity agreed to.
    ConsentId = "cns";
    /// One public post, by the customer or by the brand.
    PostId = "pst";
    /// A private thread between a customer and the desk.
    ConversationId = "conv";
    /// One private message.
    MessageId = "msg";
    /// One immutable text with what belongs to it.
    BodyId = "bod";
    /// What we tell the outside.
    EventId = "evt";
    /// A subscriber.
    WebhookId = "whk";
    /// One request we owe somebody.
    DeliveryId = "dlv";
    /// Something a person must look at.
    TaskId = "tsk";
    /// One process of this service.
    ReplicaId = "rpl";
    /// A record of an administrative act.
    AuditId = "aud";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_prefix_and_its_time_order() {
        let early = MessageId::new(Timestamp::from_millis(1_000), &[9; 10]);
        let late = MessageId::new(Timestamp::from_millis(2_000), &[0; 10]);
        assert!(early.as_str().starts_with("msg_"));
        assert!(early < late);
        assert_eq!(MessageId::parse(early.as_str()), Ok(early));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = MessageId::new(Timestamp::from_millis(1), &[1; 10]);
        assert!(EventId::parse(id.as_str()).is_err());
        assert!(MessageId::parse("msg_short").is_err());
    }
}
