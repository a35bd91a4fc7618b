//! A second connection to a test's database, for what the product itself never does.

use segue::store::Location;

/// Runs one statement, committed.
pub async fn execute(location: &Location, text: &str) {
    let sql = sqlx::AssertSqlSafe(text.to_owned());
    match location {
        Location::Sqlite(path) => {
            let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
            pool.close().await;
        }
        Location::Postgres(url) => {
            let pool = sqlx::PgPool::connect(url.expose()).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }
}

/// Keeps every writer waiting until it is dropped.
pub enum Blocked {
    Sqlite { _tx: sqlx::Transaction<'static, sqlx::Sqlite> },
    Postgres { _tx: sqlx::Transaction<'static, sqlx::Postgres> },
}

impl Blocked {
    pub async fn new(location: &Location) -> Self {
        match location {
            Location::Sqlite(path) => {
                let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
                Self::Sqlite { _tx: pool.begin_with("BEGIN IMMEDIATE").await.unwrap() }
            }
            Location::Postgres(url) => {
                let pool = sqlx::PgPool::connect(url.expose()).await.unwrap();
                let mut tx = pool.begin().await.unwrap();
                sqlx::query("LOCK TABLE idempotency IN ACCESS EXCLUSIVE MODE")
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                Self::Postgres { _tx: tx }
            }
        }
    }
}
