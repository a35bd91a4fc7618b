//! Changing the master key: the vault's few keys are wrapped anew, and nothing else is touched.

use sqlx::FromRow;

use super::Store;
use super::engine::{Sql, Tx, locked};
use super::error::StoreError;
use super::value::args;
use crate::clock;
use crate::vault::{MasterKeys, Unopened};

const ALL: &str = "SELECT name, wrapped FROM vault_key ORDER BY name";
const ALL_LOCKED: Sql = locked!("SELECT name, wrapped FROM vault_key ORDER BY name");
/// $3: as it was read, so that a change in between is seen whatever the engine locks.
const REWRAP: &str = "UPDATE vault_key SET wrapped = $2 WHERE name = $1 AND wrapped = $3";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(ALL), ALL_LOCKED, Sql::same(REWRAP)];

/// The vault's keys by the master key that wraps them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrapped {
    /// Names of those under the newest.
    pub newest: Vec<String>,
    /// Names of those under an older one, which is still needed.
    pub older: Vec<String>,
}

/// The master key was not changed, and nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// None of the master keys opens one of the vault's.
    #[error("none of these master keys opens the key `{0}` in the database")]
    WrongMasterKey(String),
}

#[derive(Debug, FromRow)]
struct WrappedRow {
    name: String,
    wrapped: Vec<u8>,
}

impl WrappedRow {
    fn context(&self) -> String {
        format!("vault/{}", self.name)
    }

    fn is_newest(&self, master: &MasterKeys) -> bool {
        master.newest().unwrap(&self.context(), &self.wrapped).is_ok()
    }
}

impl Store {
    /// Which of the vault's keys an older master key still wraps.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_wrapped(&self, master: &MasterKeys) -> Result<Wrapped, StoreError> {
        Ok(sort(&self.db.all(ALL, args![]).await?, master))
    }

    /// Wraps all of the vault's keys under the newest master key, in one commit; how they were wrapped before. The
    /// keys themselves stay, so that processes that run beside it go on.
    ///
    /// # Errors
    /// When one of them does not open, or the database fails: then nothing has changed.
    pub async fn rewrap_vault(&self, master: &MasterKeys) -> Result<Wrapped, RewrapError> {
        let mut tx = self.db.begin().await?;
        let rows: Vec<WrappedRow> = tx.all(ALL_LOCKED, args![]).await?;
        for row in rows.iter().filter(|row| !row.is_newest(master)) {
            rewrap(&mut tx, row, master).await?;
        }
        tx.commit().await?;
        Ok(sort(&rows, master))
    }
}

async fn rewrap(tx: &mut Tx, row: &WrappedRow, master: &MasterKeys) -> Result<(), RewrapError> {
    let context = row.context();
    let wrong = |Unopened| RewrapError::WrongMasterKey(row.name.clone());
    let key = master.unwrap(&context, &row.wrapped).map_err(wrong)?;
    let wrapped = master.wrap(clock::random(), &context, &key);
    match tx.execute(REWRAP, args![&row.name, wrapped, row.wrapped.clone()]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict.into()),
    }
}

fn sort(rows: &[WrappedRow], master: &MasterKeys) -> Wrapped {
    let mut wrapped = Wrapped::default();
    for row in rows {
        let names = if row.is_newest(master) { &mut wrapped.newest } else { &mut wrapped.older };
        names.push(row.name.clone());
    }
    wrapped
}
