//! Opening a database: engine, schema, keys, and the lock that keeps a second process off an embedded one.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::Store;
use super::engine::{Db, Sql};
use super::error::StoreError;
use super::value::args;
use crate::clock;
use crate::domain::time::Timestamp;
use crate::vault::{KEY_NAMES, Key, MasterKeys, Unopened, Vault};

const INSERT_VAULT_KEY: &str =
    "INSERT INTO vault_key (name, wrapped, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const VAULT_KEY: &str = "SELECT wrapped FROM vault_key WHERE name = $1";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(INSERT_VAULT_KEY), Sql::same(VAULT_KEY)];

/// Which database.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file, made when missing.
    Sqlite(PathBuf),
    /// A server's URL; it may hold a password.
    Postgres(crate::domain::secret::Secret),
}

/// A database that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database, or bringing its schema up to date, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory or the lock file cannot be used.
    #[error("{path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Another process serves this file.
    #[error("{path} is served by process {holder} already; stop it first, or use another SEGUE_DATABASE_URL")]
    Locked {
        /// The database.
        path: PathBuf,
        /// Its process id, as it wrote it down.
        holder: String,
    },
    /// The keys in the database were wrapped under another master key.
    #[error(
        "this database was made with another master key; set SEGUE_MASTER_KEY to the one it was made with"
    )]
    WrongMasterKey,
}

/// Held while a process serves an embedded database.
#[derive(Debug)]
pub struct ServeLock {
    _file: Option<File>,
}

impl Location {
    /// Takes the embedded database for serving; on a server it does nothing.
    ///
    /// # Errors
    /// [`OpenError::Locked`] when another process holds it.
    pub fn lock(&self) -> Result<ServeLock, OpenError> {
        let Self::Sqlite(path) = self else { return Ok(ServeLock { _file: None }) };
        let lock = path.with_extension("lock");
        let failed = |cause| OpenError::File { path: lock.clone(), cause };
        make_parent(path)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(OpenError::Locked { path: path.clone(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(ServeLock { _file: Some(file) })
    }
}

/// The database, and what SQLite puts beside it, is for its owner alone.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(|_| ()).map_err(|cause| OpenError::File { path: path.to_owned(), cause })
}

fn make_parent(path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => std::fs::create_dir_all(parent)
            .map_err(|cause| OpenError::File { path: parent.to_owned(), cause }),
        _ => Ok(()),
    }
}

impl Store {
    /// Opens a database and brings its schema up to date. Two processes may do so at once on an empty one.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong and what to do.
    pub async fn open(location: &Location, master: &MasterKeys, now: Timestamp) -> Result<Self, OpenError> {
        let db = match location {
            Location::Sqlite(path) => {
                make_parent(path)?;
                make_private(path)?;
                Db::sqlite(path).await?
            }
            Location::Postgres(url) => Db::postgres(url.expose()).await?,
        };
        db.migrate().await?;
        let vault = open_vault(&db, master, now).await?;
        Ok(Self { db, vault: Arc::new(vault), day_keys: Arc::new(Mutex::new(HashMap::new())) })
    }

    /// The same store for one thread, by a connection of its own: it neither waits for those of others nor is woken
    /// through them. On SQLite, where one connection writes, it is the same.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { db: self.db.apart(), vault: self.vault.clone(), day_keys: self.day_keys.clone() }
    }

    /// The keys the service works with.
    #[must_use]
    pub fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// The database's own clock.
    ///
    /// # Errors
    /// When the database fails; also the readiness check.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        self.db.now().await
    }

    /// Whether several replicas may share this database.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.db.is_postgres()
    }

    /// Closes all connections; on SQLite this also folds the WAL into the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

async fn open_vault(db: &Db, master: &MasterKeys, now: Timestamp) -> Result<Vault, OpenError> {
    let mut keys = Vec::with_capacity(KEY_NAMES.len());
    for name in KEY_NAMES {
        let context = format!("vault/{name}");
        let mut row: Option<(Vec<u8>,)> = db.find(VAULT_KEY, args![name]).await?;
        if row.is_none() {
            let new = master.wrap(clock::random(), &context, &Key::new(clock::random()));
            db.execute(INSERT_VAULT_KEY, args![name, new, now]).await?;
            row = db.find(VAULT_KEY, args![name]).await?;
        }
        let (wrapped,) = row.ok_or_else(|| StoreError::inconsistent("vault_key", "wrapped", name))?;
        keys.push(master.unwrap(&context, &wrapped).map_err(|Unopened| OpenError::WrongMasterKey)?);
    }
    let keys: [Key; 3] =
        keys.try_into().map_err(|_| StoreError::inconsistent("vault_key", "name", "vault"))?;
    Ok(Vault::new(keys))
}
