//! What the lists of the desk are filtered by.

use super::page::Slice;
use super::search::Search;
use super::value::{Args, Value, values};
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

/// Which complaints or conversations; an empty text asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The word of a status.
    pub status: Option<&'static str>,
    /// The medium.
    pub channel: String,
    /// Our account.
    pub connection_id: String,
    /// Whose.
    pub customer_id: String,
    /// Who at the desk has it.
    pub assignee: String,
    /// Stored at that time or later.
    pub since: Timestamp,
    /// What their names or texts hold, or the number of their customer.
    pub search: Search,
}

/// The four texts of a filtered list: a status has an index of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts {
    pub(super) newest: &'static str,
    pub(super) oldest: &'static str,
    pub(super) newest_of_status: &'static str,
    pub(super) oldest_of_status: &'static str,
}

impl Filter {
    /// The text that fits.
    pub(super) const fn text(&self, texts: &Texts, slice: Slice<'_>) -> &'static str {
        match (self.status, slice.newest_first) {
            (None, true) => texts.newest,
            (None, false) => texts.oldest,
            (Some(_), true) => texts.newest_of_status,
            (Some(_), false) => texts.oldest_of_status,
        }
    }

    /// `$1` to `$8`, and the status as `$9`.
    pub(super) fn args(&self, workspace: &WorkspaceId, slice: Slice<'_>) -> Args {
        let mut args = values![
            workspace,
            slice.edge(),
            slice.rows(),
            &self.channel,
            &self.connection_id,
            &self.customer_id,
            &self.assignee,
            self.since,
        ];
        args.extend(self.status.map(Value::from));
        Args::from(args)
    }
}
