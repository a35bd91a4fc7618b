//! The bulk accept: the one statement with two texts.

use sqlx::postgres::PgPool;

use super::{Bulk, Db};
use crate::store::error::StoreError;
use crate::store::value::Value;

const INSERT_EVENTS: Bulk = Bulk::new(
    "INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, callback_id, kind, trust, state, day, payload,
        body_hash, error, received_at) VALUES ",
    13,
    " ON CONFLICT (digest) DO NOTHING RETURNING digest, callback_id",
);

const INSERT_CALLBACKS: Bulk = Bulk::new(
    "INSERT INTO callback (id, workspace_id, connection_id, day, ciphertext, received_at) VALUES ",
    6,
    "",
);

/// The whole accept in one statement and so in one round trip: the hot path of PostgreSQL.
const ACCEPT: &str = "WITH fresh AS (
        INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, callback_id, kind, trust, state, day,
            payload, body_hash, error, received_at)
        SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (digest) DO NOTHING
        RETURNING digest, callback_id
    ), kept AS (
        INSERT INTO callback (id, workspace_id, connection_id, day, ciphertext, received_at)
        SELECT c.* FROM UNNEST($14, $15, $16, $17, $18, $19)
            AS c (id, workspace_id, connection_id, day, ciphertext, received_at)
        WHERE c.id IN (SELECT callback_id FROM fresh)
    )
    SELECT digest FROM fresh";

/// One column of many rows, as PostgreSQL takes it.
enum Column {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

fn columns(rows: Vec<Vec<Value>>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for row in rows {
        for (at, value) in row.into_iter().enumerate() {
            match (columns.get_mut(at), value) {
                (Some(Column::Ints(column)), Value::Int(value)) => column.push(value),
                (Some(Column::Texts(column)), Value::Text(value)) => column.push(value),
                (Some(Column::Blobs(column)), Value::Blob(value)) => column.push(value),
                (_, Value::Int(value)) => columns.push(Column::Ints(vec![value])),
                (_, Value::Text(value)) => columns.push(Column::Texts(vec![value])),
                (_, Value::Blob(value)) => columns.push(Column::Blobs(vec![value])),
            }
        }
    }
    columns
}

impl Db {
    /// Stores events that are not there yet, and the callbacks they came in; the digests of those that were new.
    pub(in crate::store) async fn accept(
        &self,
        events: Vec<Vec<Value>>,
        callbacks: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Postgres(pool) => accept_postgres(pool, events, callbacks).await,
            Self::Sqlite { .. } => self.accept_sqlite(events, callbacks).await,
        }
    }

    async fn accept_sqlite(
        &self,
        events: Vec<Vec<Value>>,
        callbacks: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut tx = self.begin().await?;
        let fresh: Vec<(Vec<u8>, String)> = tx.lookup(&INSERT_EVENTS, events.concat()).await?;
        let mut kept: Vec<&str> = fresh.iter().map(|(_, callback)| callback.as_str()).collect();
        kept.sort_unstable();
        let is_kept = |row: &Vec<Value>| match row.first() {
            Some(Value::Text(Some(id))) => kept.binary_search(&id.as_str()).is_ok(),
            _ => false,
        };
        let rows = callbacks.into_iter().filter(is_kept).collect::<Vec<_>>().concat();
        tx.write(&INSERT_CALLBACKS, rows).await?;
        tx.commit().await?;
        Ok(fresh.into_iter().map(|(digest, _)| digest).collect())
    }
}

async fn accept_postgres(
    pool: &PgPool,
    events: Vec<Vec<Value>>,
    callbacks: Vec<Vec<Value>>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut query = sqlx::query_as::<_, (Vec<u8>,)>(ACCEPT);
    for column in columns(events).into_iter().chain(columns(callbacks)) {
        query = match column {
            Column::Ints(column) => query.bind(column),
            Column::Texts(column) => query.bind(column),
            Column::Blobs(column) => query.bind(column),
        };
    }
    Ok(query.fetch_all(pool).await?.into_iter().map(|(digest,)| digest).collect())
}
