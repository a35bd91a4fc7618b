//! Anchors: signed heads put aside in files, now and then, for whoever keeps them out of the operator's reach. What is
//! held outside is what proves anything against the operator.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::heads;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;
use crate::store::ledger::Head;

/// Where anchors are put, and how often.
#[derive(Clone, Debug)]
pub struct Anchors {
    dir: PathBuf,
    every: Duration,
    next: Timestamp,
}

impl Anchors {
    /// In this directory, so often.
    #[must_use]
    pub fn new(dir: &Path, every: Duration) -> Self {
        Self { dir: dir.to_owned(), every, next: Timestamp::default() }
    }

    /// Whether it is time; if so, the next time is one period later.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.next <= now;
        if is_due {
            self.next = now + self.every;
        }
        is_due
    }

    /// Puts a head aside, unless it is there already.
    ///
    /// # Errors
    /// When it may not be durable.
    pub(super) fn put(&self, workspace: &WorkspaceId, head: &Head) -> io::Result<()> {
        let dir = self.dir.join(workspace.as_str());
        // Sizes sort by name; one file is one head.
        let path = dir.join(format!("{:020}.checkpoint", head.size));
        if path.exists() {
            return Ok(());
        }
        fs::create_dir_all(&dir)?;
        heads::replace(&path, &head.checkpoint)
    }
}
