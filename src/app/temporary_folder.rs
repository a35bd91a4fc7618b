//! A folder for what nobody keeps.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::clock::random;
use crate::config::temporary_folder;

/// A folder of this user alone; it goes with this value.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// A new one, named after what it is for.
    ///
    /// # Errors
    /// When the system's folder for such things cannot be written to.
    pub fn make(purpose: &str) -> io::Result<Self> {
        let path = temporary_folder().join(format!("segue-{purpose}-{}", hex::encode(random::<6>())));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What is left there is the system's to clear away.
        let _ = fs::remove_dir_all(&self.0);
    }
}
