//! `segue migrate`: the schema alone; `serve` does it too.

use std::path::Path;

use super::Failed;
use super::opening::with_store;

pub(super) fn run(config: Option<&Path>) -> Result<(), Failed> {
    with_store(config, async |_, _| Ok(()))?;
    eprintln!("The database is up to date.");
    Ok(())
}
