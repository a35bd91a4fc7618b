//! What the environment says about this process itself.

use std::io;
use std::path::PathBuf;

/// The file of the program that runs.
///
/// # Errors
/// When the system does not tell.
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Where files that nobody keeps may be put.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}
