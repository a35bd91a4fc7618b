//! What a database is like before it is opened for work. Changes nothing.

use std::collections::HashSet;

use super::engine::{Db, TABLES};
use super::error::StoreError;
use super::open::Location;
use super::value::args;

const APPLIED: &str = "SELECT version FROM _sqlx_migrations";

/// What opening a database would meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// There is no file yet; it would be made.
    Missing,
    /// So many migrations are due.
    Behind(usize),
    /// The schema is up to date.
    Current,
}

/// Looks at a database without changing it.
///
/// # Errors
/// When it cannot be reached.
pub async fn look(location: &Location) -> Result<Outlook, StoreError> {
    let db = match location {
        Location::Sqlite(path) if !path.exists() => return Ok(Outlook::Missing),
        Location::Sqlite(path) => Db::sqlite(path).await?,
        Location::Postgres(url) => Db::postgres(url.expose()).await?,
    };
    let outlook = schema(&db).await;
    db.close().await;
    outlook
}

/// Whether there are tables in a database already, ours or anybody's.
///
/// # Errors
/// When it cannot be reached.
pub async fn holds_tables(location: &Location) -> Result<bool, StoreError> {
    let db = match location {
        Location::Sqlite(path) if !path.exists() => return Ok(false),
        Location::Sqlite(path) => Db::sqlite(path).await?,
        Location::Postgres(url) => Db::postgres(url.expose()).await?,
    };
    let tables: Result<Option<(i64,)>, StoreError> = db.find(TABLES, args![]).await;
    db.close().await;
    Ok(tables?.is_some_and(|(count,)| count > 0))
}

async fn schema(db: &Db) -> Result<Outlook, StoreError> {
    db.now().await?;
    // An empty database has no such table yet.
    let applied: Vec<(i64,)> = db.all(APPLIED, args![]).await.unwrap_or_default();
    let applied: HashSet<i64> = applied.into_iter().map(|(version,)| version).collect();
    let due = Db::versions().into_iter().filter(|version| !applied.contains(version)).count();
    Ok(if due == 0 { Outlook::Current } else { Outlook::Behind(due) })
}
