//! Opening a database, and the tables it needs.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor as _};

use super::Db;
use crate::store::error::StoreError;

/// All opened at the start, in the runtime that outlives the HTTP workers: a connection ends with the runtime it was
/// opened in, and stopping still needs the database when the workers are gone.
const POSTGRES_CONNECTIONS: u32 = 20;

/// The driver asks for every statement whether somebody listens to it. That costs, and what it leaves behind on the
/// thread makes the next span invisible to layers with filters of their own.
fn silent<O: ConnectOptions>(options: O) -> O {
    options.disable_statement_logging()
}

/// Every statement has its index. The plan of one that is prepared while a table is small would read the whole table, and
/// goes on doing so while the table grows, until the server looks at it again after a minute.
const USE_INDEXES: &str = "SET enable_seqscan = off";

/// Rows the thread of an SQLite connection reads ahead. With fewer it stops in the middle of a batch and has to be woken.
const ROWS_AT_ONCE: usize = 512;

/// How long a statement of SQLite waits for another process.
const BUSY: Duration = Duration::from_secs(10);

/// Pages of the WAL, 32 MB, before a commit folds them into the file, for which everybody waits. Most are pages of indexes
/// that the next commits change again.
const WAL_PAGES: &str = "8000";

/// A connection that was not used for so long is asked before it is used whether it still lives: the server may have been
/// started again meanwhile, and nobody's callback should be what finds out.
const UNUSED: Duration = Duration::from_secs(1);

fn postgres_pool() -> PgPoolOptions {
    PgPoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move { Ok(known.idle_for < UNUSED || connection.ping().await.is_ok()) })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(USE_INDEXES).await.map(drop) })
        })
}

impl Db {
    pub(in crate::store) async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .statement_cache_capacity(400)
            .row_buffer_size(ROWS_AT_ONCE)
            .pragma("cache_size", "-8192")
            .pragma("secure_delete", "on");
        let options = silent(options);
        // What undoes one statement alone stays in memory: a commit of many rows would write it into a file.
        let writer = options.clone().pragma("temp_store", "MEMORY").pragma("wal_autocheckpoint", WAL_PAGES);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(writer)
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self::Sqlite { write, read })
    }

    pub(in crate::store) async fn postgres(url: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse()?;
        let pool = postgres_pool()
            .max_connections(POSTGRES_CONNECTIONS)
            .min_connections(POSTGRES_CONNECTIONS)
            .connect_with(silent(options).statement_cache_capacity(400))
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// The same database by a connection that nobody else uses. It is opened where it is used first, and wakes nobody but
    /// that thread.
    pub(in crate::store) fn apart(&self) -> Self {
        match self {
            Self::Postgres(pool) => Self::Postgres(
                postgres_pool().max_connections(1).connect_lazy_with((*pool.connect_options()).clone()),
            ),
            Self::Sqlite { .. } => self.clone(),
        }
    }

    /// On SQLite folds the WAL into the file and empties it, unless somebody reads from it for longer than a callback may
    /// wait. PostgreSQL does so by itself.
    pub(in crate::store) async fn fold(&self) -> Result<(), StoreError> {
        let Self::Sqlite { write, .. } = self else { return Ok(()) };
        let mut connection = write.acquire().await?;
        let folded = sqlx::raw_sql("PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)");
        let folded = folded.execute(&mut *connection).await;
        let timeout = AssertSqlSafe(format!("PRAGMA busy_timeout = {}", BUSY.as_millis()));
        sqlx::raw_sql(timeout).execute(&mut *connection).await?;
        Ok(folded.map(drop)?)
    }

    pub(in crate::store) async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
            Self::Sqlite { write, .. } => sqlx::migrate!("migrations/sqlite").run(write).await?,
        }
        Ok(())
    }

    /// The versions of all migrations; the twin folders hold the same.
    pub(in crate::store) fn versions() -> Vec<i64> {
        sqlx::migrate!("migrations/postgres").iter().map(|migration| migration.version).collect()
    }
}
