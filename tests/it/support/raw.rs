//! A look into a test's database beside the store: for what the store has no reason to show.

use segue::store::Location;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

/// A second way into the database.
pub(crate) enum Raw {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Raw {
    pub(crate) async fn open(location: &Location) -> Self {
        match location {
            Location::Postgres(url) => Self::Postgres(PgPool::connect(url.expose()).await.unwrap()),
            Location::Sqlite(path) => {
                let url = format!("sqlite://{}", path.display());
                Self::Sqlite(SqlitePool::connect(&url).await.unwrap())
            }
        }
    }

    /// The only number a query finds.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }

    /// Changes something behind the store's back.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
            Self::Sqlite(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        }
    }

    /// The byte strings a query finds.
    pub(crate) async fn blobs(&self, sql: &str) -> Vec<Vec<u8>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }

    /// The texts a query finds.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }
}
