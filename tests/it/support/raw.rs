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

    /// A byte string as it stands in a statement.
    pub(crate) fn blob(&self, hex: &str) -> String {
        match self {
            Self::Postgres(_) => format!("'\\x{hex}'::bytea"),
            Self::Sqlite(_) => format!("x'{hex}'"),
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

    /// Every row of every table as text, byte strings as they are and as hex.
    pub(crate) async fn everything(&self) -> Vec<u8> {
        let tables = match self {
            Self::Postgres(_) => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
        };
        let mut all = Vec::new();
        for table in self.texts(tables).await {
            match self {
                Self::Postgres(_) => {
                    // `bytea` is shown as hex: both are looked through.
                    let rows = self.texts(&format!("SELECT t::text FROM \"{table}\" t")).await;
                    for row in rows {
                        all.extend(row.split(['\\', '"', ',', '(', ')']).flat_map(|word| {
                            word.strip_prefix('x').and_then(|hex| hex::decode(hex).ok()).unwrap_or_default()
                        }));
                        all.push(0);
                        all.extend(row.as_bytes());
                        all.push(0);
                    }
                }
                Self::Sqlite(_) => all.extend(self.rows(&table).await),
            }
        }
        all
    }

    /// A table's values of SQLite, one after the other.
    async fn rows(&self, table: &str) -> Vec<u8> {
        let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let mut all = Vec::new();
        for column in columns {
            let values =
                format!("SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
            for value in self.blobs(&values).await {
                all.extend(value);
                all.push(0);
            }
        }
        all
    }
}
