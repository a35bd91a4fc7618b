//! What can be bound: the three types the shared dialect has, each of which may be NULL.

use crate::domain::channel::Channel;
use crate::domain::id::{
    AuditId, BodyId, CallbackId, ComplaintId, ConnectionId, ConsentId, ConversationId, CustomerId,
    DeliveryId, EventId, HandoffId, IdentityId, KeyId, LinkId, MessageId, PostId, RejectedId, ReplicaId,
    SecretId, TaskId, WebhookId, WorkspaceId,
};
use crate::domain::time::Timestamp;

/// One bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `BIGINT`.
    Int(Option<i64>),
    /// `TEXT`.
    Text(Option<String>),
    /// `BYTEA` or `BLOB`.
    Blob(Option<Vec<u8>>),
}

/// The values of one statement, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Args(Vec<Value>);

impl Args {
    pub(super) fn into_values(self) -> Vec<Value> {
        self.0
    }
}

impl From<Vec<Value>> for Args {
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

/// A list of values to bind.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::value::Value::from($value)),*]
    };
}
/// The values of one statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        $crate::store::value::Args::from($crate::store::value::values![$($value),*])
    };
}
pub(crate) use {args, values};

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.millis()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::millis))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Blob(value)
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(Some(value.to_vec()))
    }
}

impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(value: Option<[u8; N]>) -> Self {
        Self::Blob(value.map(|bytes| bytes.to_vec()))
    }
}

impl From<&Channel> for Value {
    fn from(value: &Channel) -> Self {
        Self::from(value.as_str())
    }
}

macro_rules! from_ids {
    ($($id:ident),+ $(,)?) => {$(
        impl From<&$id> for Value {
            fn from(id: &$id) -> Self {
                Self::from(id.as_str())
            }
        }

        impl From<Option<&$id>> for Value {
            fn from(id: Option<&$id>) -> Self {
                Self::from(id.map($id::as_str))
            }
        }
    )+};
}

from_ids!(
    AuditId,
    BodyId,
    CallbackId,
    ComplaintId,
    ConnectionId,
    ConsentId,
    ConversationId,
    CustomerId,
    DeliveryId,
    EventId,
    HandoffId,
    IdentityId,
    KeyId,
    LinkId,
    MessageId,
    PostId,
    RejectedId,
    ReplicaId,
    SecretId,
    TaskId,
    WebhookId,
    WorkspaceId,
);
