//! The composition root: what is started, in which order, and how it stops.

mod first_key;
mod running;
mod start_error;
mod stop;
mod temporary_folder;

pub use running::{Entrance, serve, serve_by};
pub use start_error::StartError;
pub use stop::on_signals;
pub use temporary_folder::TemporaryFolder;

use crate::clock::random;
use crate::config::{self, Database, Settings};
use crate::domain::time::Timestamp;
use crate::store::{Location, Store};
use crate::vault::{Key, MasterKeys};

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    All,
    /// Callbacks and the API.
    Gateway,
    /// Deciding, sending, numbering events.
    Worker,
}

/// Opens the database of the settings.
///
/// # Errors
/// [`StartError`] says what is wrong and what to do.
pub async fn open_store(settings: &Settings, now: Timestamp) -> Result<Store, StartError> {
    let master = master_keys(settings)?;
    Ok(Store::open(&location(settings), &master, now).await?)
}

/// Where the database of the settings is.
#[must_use]
pub fn location(settings: &Settings) -> Location {
    match &settings.database {
        Database::Sqlite(path) => Location::Sqlite(path.clone()),
        Database::Postgres(url) => Location::Postgres(url.clone()),
    }
}

/// The master keys of the settings; the file of an embedded database that is not there yet is made.
///
/// # Errors
/// [`StartError`] says what is wrong and what to do.
pub fn master_keys(settings: &Settings) -> Result<MasterKeys, StartError> {
    if let (Database::Sqlite(path), None) = (&settings.database, &settings.master_keys)
        && path.exists()
        && !settings.data_dir().join("master.key").exists()
    {
        return Err(StartError::MasterKeyLost { database: path.clone() });
    }
    let found = config::load_or_create(settings, random)?;
    if let Some(path) = &found.created {
        let path = path.display();
        tracing::info!(%path, "made a master key in {path}: keep a copy of it apart from the database");
    }
    let mut keys = found.keys.iter().map(|key| Key::new(*key.expose()));
    let newest = keys.next().ok_or(StartError::NoMasterKey)?;
    Ok(MasterKeys::new(newest, keys.collect()))
}
