//! Why a command was not done. A refusal is an answer: it is remembered under its idempotency key like any other.

use serde::{Deserialize, Serialize};

use crate::domain::policy::Reason;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// A command that was understood and not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// It is not there, or not this workspace's.
    #[error("{what} was not found")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// `If-Match` names another version than the present one.
    #[error("the resource is at version {current} now")]
    VersionMismatch {
        /// The present version.
        current: i64,
    },
    /// The state does not allow it.
    #[error("{detail}")]
    Conflict {
        /// A stable code.
        code: String,
        /// A sentence a person can act on.
        detail: String,
    },
    /// A field is wrong.
    #[error("{pointer}: {detail}")]
    Invalid {
        /// JSON pointer to the field.
        pointer: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A public text gives away what must stay private.
    #[error("{detail}")]
    Leak {
        /// A sentence a person can act on.
        detail: String,
    },
    /// A rule for private messages does not allow it, or not yet.
    #[error("{}", reason.sentence())]
    Rule {
        /// Which rule.
        reason: Reason,
        /// When it will allow it; `None`: not by time alone.
        until: Option<Timestamp>,
    },
    /// It cannot be sent this way at all.
    #[error("{detail}")]
    Policy {
        /// The reason code.
        code: String,
        /// A sentence a person can act on.
        detail: String,
    },
}

impl Refusal {
    /// It is not there.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::NotFound { what: what.to_owned() }
    }

    /// A field is wrong.
    #[must_use]
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid { pointer: pointer.to_owned(), detail: detail.into() }
    }

    /// The state does not allow it.
    #[must_use]
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::Conflict { code: code.to_owned(), detail: detail.into() }
    }

    /// The HTTP status this refusal is answered with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::VersionMismatch { .. } | Self::Conflict { .. } => 409,
            Self::Invalid { .. } | Self::Leak { .. } | Self::Rule { .. } | Self::Policy { .. } => 422,
        }
    }
}

/// Why a command gave no success.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It was understood and not done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// The database failed, or others were faster too often.
    #[error(transparent)]
    Store(#[from] StoreError),
}
