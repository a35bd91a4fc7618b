//! Something a person must look at, with a clock.

use serde::{Deserialize, Serialize};

use super::id::{TaskId, WorkspaceId};
use super::time::Timestamp;

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A send whose outcome nobody knows: resolve it as sent, failed or resend.
    UnknownSend,
    /// A person asked a platform to have their data deleted: find and erase it.
    DataDeletion,
    /// Something speaks against a handoff: have it proven again, or end its link.
    HandoffSuspended,
    /// A person took the app's access away: check whether the connection still works.
    Deauthorized,
    /// A provider no longer renews the token of a connection: connect the account again.
    AuthorizationLost,
    /// A link makes a customer that hardly is one person: check it, and end the link if it is wrong.
    LinkReview,
    /// A customer wrote something that may be an opt-out: resolve it as one, or as none.
    OptOutReview,
}

impl TaskKind {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::UnknownSend,
        Self::DataDeletion,
        Self::HandoffSuspended,
        Self::Deauthorized,
        Self::AuthorizationLost,
        Self::LinkReview,
        Self::OptOutReview,
    ];

    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownSend => "unknown_send",
            Self::DataDeletion => "data_deletion",
            Self::HandoffSuspended => "handoff_suspended",
            Self::Deauthorized => "deauthorized",
            Self::AuthorizationLost => "authorization_lost",
            Self::LinkReview => "link_review",
            Self::OptOutReview => "opt_out_review",
        }
    }

    /// Reads [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whether somebody has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Not yet.
    Open,
    /// Yes.
    Closed,
}

impl TaskState {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// What it is about.
    pub kind: TaskKind,
    /// The resource it is about.
    pub subject: String,
    /// Open or closed.
    pub state: TaskState,
    /// What happened, for a person.
    pub detail: String,
    /// By when somebody should have looked.
    pub due_at: Option<Timestamp>,
    /// Events told about it so far.
    pub event_seq: i64,
    /// How it ended.
    pub resolution: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}
