//! The signer's own record of heads: a small file for each ledger, in a directory apart from the database.
//!
//! A file is replaced whole: written beside it, synced, renamed, and the directory synced. A lock among the processes
//! that share the directory makes comparing and replacing one step, so that a signer that was paused and overtaken
//! finds another record than it read and signs nothing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::id::WorkspaceId;
use crate::store::ledger::HeadRecord;

/// A directory of records.
#[derive(Clone, Debug)]
pub struct Heads {
    dir: PathBuf,
}

impl Heads {
    /// In this directory, which is made with the first record.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Puts `new`, or nothing, in the place of whatever stands there, which is put aside: for a person who knows why.
    ///
    /// # Errors
    /// When it may not be durable.
    pub fn adopt(&self, workspace: &WorkspaceId, new: Option<&str>) -> io::Result<()> {
        let _lock = self.lock()?;
        let path = self.path(workspace);
        if path.exists() {
            fs::rename(&path, path.with_extension("given-up"))?;
        }
        match new {
            Some(new) => replace(&path, new),
            None => File::open(&self.dir)?.sync_all(),
        }
    }

    fn path(&self, workspace: &WorkspaceId) -> PathBuf {
        self.dir.join(format!("{workspace}.json"))
    }

    /// Held until it is dropped.
    fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.dir)?;
        let file = File::create(self.dir.join("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

impl HeadRecord for Heads {
    fn read(&self, workspace: &WorkspaceId) -> io::Result<Option<String>> {
        match fs::read_to_string(self.path(workspace)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, workspace: &WorkspaceId, old: Option<&str>, new: &str) -> io::Result<bool> {
        let _lock = self.lock()?;
        if self.read(workspace)?.as_deref() != old {
            return Ok(false);
        }
        replace(&self.path(workspace), new).map(|()| true)
    }
}

/// Replaces a file whole and durably.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let dir = path.parent().unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}
