//! The two engines behind one face: everything in which they differ stands here and in the folder beside.

mod accept;
mod bulk;
mod open;
mod sql;

use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};

pub(super) use self::bulk::{Among, Bulk};
pub(super) use self::sql::{NOW, Sql, TABLES, locked, shared};
use super::error::StoreError;
use super::value::{Args, Value};
use crate::domain::time::Timestamp;

/// A row type both drivers can fill.
pub(super) trait Row:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

/// An open database.
#[derive(Clone, Debug)]
pub(super) enum Db {
    Postgres(PgPool),
    /// One connection writes, a few read.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
}

/// One transaction. On SQLite it holds the write lock from its beginning.
#[derive(Debug)]
pub(super) enum Tx {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for value in $args.into_values() {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

macro_rules! execute {
    ($on:expr, $text:expr, $args:expr) => {
        bound!(sqlx::query($text), $args).execute($on).await?.rows_affected()
    };
}

macro_rules! fetch {
    ($on:expr, $text:expr, $args:expr) => {
        bound!(sqlx::query_as::<_, T>($text), $args).fetch_all($on).await?
    };
}

impl Db {
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
        })
    }

    /// Reads outside a transaction.
    pub(super) async fn all<T: Row>(&self, sql: impl Into<Sql>, args: Args) -> Result<Vec<T>, StoreError> {
        let sql = sql.into();
        Ok(match self {
            Self::Postgres(pool) => fetch!(pool, sql.postgres, args),
            Self::Sqlite { read, .. } => fetch!(read, sql.sqlite, args),
        })
    }

    /// Reads at most one row outside a transaction.
    pub(super) async fn find<T: Row>(
        &self,
        sql: impl Into<Sql>,
        args: Args,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Writes with one statement, committed when it returns.
    pub(super) async fn execute(&self, sql: impl Into<Sql>, args: Args) -> Result<u64, StoreError> {
        let sql = sql.into();
        Ok(match self {
            Self::Postgres(pool) => execute!(pool, sql.postgres, args),
            Self::Sqlite { write, .. } => execute!(write, sql.sqlite, args),
        })
    }

    /// Writes with one statement and returns the rows it names, committed when it returns.
    pub(super) async fn change<T: Row>(&self, sql: impl Into<Sql>, args: Args) -> Result<Vec<T>, StoreError> {
        let sql = sql.into();
        Ok(match self {
            Self::Postgres(pool) => fetch!(pool, sql.postgres, args),
            Self::Sqlite { write, .. } => fetch!(write, sql.sqlite, args),
        })
    }

    /// Plans a statement without running it.
    pub(super) async fn prepare(&self, sql: Sql) -> Result<(), StoreError> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        match self {
            Self::Postgres(pool) => drop(pool.prepare(AssertSqlSafe(sql.postgres).into_sql_str()).await?),
            Self::Sqlite { write, .. } => {
                drop(write.prepare(AssertSqlSafe(sql.sqlite).into_sql_str()).await?);
            }
        }
        Ok(())
    }

    pub(super) async fn now(&self) -> Result<Timestamp, StoreError> {
        let row: Option<(i64,)> = self.find(NOW, Args::default()).await?;
        Ok(Timestamp::from_millis(row.map_or(0, |(millis,)| millis)))
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
        }
    }

    pub(super) const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Tx {
    pub(super) async fn all<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        args: Args,
    ) -> Result<Vec<T>, StoreError> {
        let sql = sql.into();
        Ok(match self {
            Self::Postgres(tx) => fetch!(&mut **tx, sql.postgres, args),
            Self::Sqlite(tx) => fetch!(&mut **tx, sql.sqlite, args),
        })
    }

    pub(super) async fn find<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        args: Args,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    pub(super) async fn execute(&mut self, sql: impl Into<Sql>, args: Args) -> Result<u64, StoreError> {
        let sql = sql.into();
        Ok(match self {
            Self::Postgres(tx) => execute!(&mut **tx, sql.postgres, args),
            Self::Sqlite(tx) => execute!(&mut **tx, sql.sqlite, args),
        })
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(tx) => tx.commit().await?,
            Self::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
