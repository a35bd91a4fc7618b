//! The bulk accept, in one round trip: the one statement with two texts.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use super::Db;
use super::bulk::{LONGEST, unnumbered};
use crate::store::error::StoreError;
use crate::store::value::Value;

const EVENT_COLUMNS: usize = 13;
const CALLBACK_COLUMNS: usize = 6;

/// PostgreSQL takes whole columns.
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
    SELECT sent.digest FROM UNNEST($1) AS sent (digest) WHERE sent.digest NOT IN (SELECT digest FROM fresh)";

/// A row to insert.
type Row<'a> = &'a [Value];

/// One column of many rows, as PostgreSQL takes it.
enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Blobs(Vec<Option<&'a [u8]>>),
}

fn columns<'a>(rows: &[Row<'a>]) -> Vec<Column<'a>> {
    let mut columns: Vec<Column<'a>> = Vec::new();
    for &row in rows {
        for (at, value) in row.iter().enumerate() {
            match (columns.get_mut(at), value) {
                (Some(Column::Ints(column)), Value::Int(value)) => column.push(*value),
                (Some(Column::Texts(column)), Value::Text(value)) => column.push(value.as_deref()),
                (Some(Column::Blobs(column)), Value::Blob(value)) => column.push(value.as_deref()),
                (_, Value::Int(value)) => columns.push(Column::Ints(vec![*value])),
                (_, Value::Text(value)) => columns.push(Column::Texts(vec![value.as_deref()])),
                (_, Value::Blob(value)) => columns.push(Column::Blobs(vec![value.as_deref()])),
            }
        }
    }
    columns
}

impl Db {
    /// Stores events that are not there yet, and the callbacks they came in; the digests of those that were there.
    pub(in crate::store) async fn accept(
        &self,
        events: Vec<Row<'_>>,
        callbacks: Vec<Row<'_>>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Postgres(pool) => accept_postgres(pool, &events, &callbacks).await,
            Self::Sqlite { write, .. } => accept_sqlite(write, events, callbacks).await,
        }
    }
}

async fn accept_postgres(
    pool: &PgPool,
    events: &[Row<'_>],
    callbacks: &[Row<'_>],
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

/// Several statements with one list of values, of which each takes the next. Every statement on its own would be a way
/// to the thread of the connection and back.
async fn accept_sqlite(
    write: &SqlitePool,
    mut events: Vec<Row<'_>>,
    mut callbacks: Vec<Row<'_>>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    fill(&mut events);
    fill(&mut callbacks);
    let mut query = sqlx::query_as::<_, (Vec<u8>,)>(sqlite_text(events.len(), callbacks.len()));
    let (digests, ids) = (firsts(&events), firsts(&callbacks));
    let kept = callbacks
        .chunks(LONGEST)
        .flat_map(|rows| rows.iter().copied().flatten().chain(digests.iter().copied()));
    let known = digests.iter().chain(&ids).copied();
    for value in events.iter().copied().flatten().chain(kept).chain(known) {
        query = match value.clone() {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Blob(value) => query.bind(value),
        };
    }
    let mut connection = write.acquire().await?;
    match query.fetch_all(&mut *connection).await {
        Ok(rows) => Ok(rows.into_iter().map(|(digest,)| digest).collect()),
        Err(error) => {
            // Whichever statement failed, nothing of it stays; when it was the first, there is nothing to undo.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            Err(error.into())
        }
    }
}

fn firsts<'a>(rows: &[Row<'a>]) -> Vec<&'a Value> {
    rows.iter().filter_map(|row| row.first()).collect()
}

/// Repeats the last row, which changes nothing, so that the lists have few lengths: eight between powers of two.
fn fill(rows: &mut Vec<Row<'_>>) {
    if let Some(&last) = rows.last() {
        let step = (rows.len().next_power_of_two() / 16).max(1);
        rows.resize(rows.len().next_multiple_of(step), last);
    }
}

/// The statement for so many events and callbacks, made once and kept.
fn sqlite_text(events: usize, callbacks: usize) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<(usize, usize), &'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry((events, callbacks)).or_insert_with(|| write_sqlite_text(events, callbacks).leak())
}

fn write_sqlite_text(events: usize, callbacks: usize) -> String {
    let lengths = |rows: usize| (0..rows).step_by(LONGEST).map(move |from| LONGEST.min(rows - from));
    let insert_events = lengths(events).map(|rows| {
        let rows = unnumbered(EVENT_COLUMNS, rows);
        format!(
            "INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, callback_id, kind, trust, state, day,
                payload, body_hash, error, received_at)
            VALUES {rows} ON CONFLICT (digest) DO NOTHING;"
        )
    });
    let (digests, ids) = (unnumbered(1, events), unnumbered(1, callbacks));
    let insert_callbacks = lengths(callbacks).map(|rows| {
        let rows = unnumbered(CALLBACK_COLUMNS, rows);
        format!(
            "INSERT INTO callback (id, workspace_id, connection_id, day, ciphertext, received_at)
            SELECT c.* FROM (VALUES {rows}) AS c
            WHERE c.column1 IN (SELECT callback_id FROM inbound_event WHERE digest IN (VALUES {digests}))
            ON CONFLICT (id) DO NOTHING;"
        )
    });
    let statements = insert_events.chain(insert_callbacks).collect::<String>();
    // Not by RETURNING: every row is a way to the thread of the connection and back, and nearly all events are new.
    let known = format!(
        "SELECT digest FROM inbound_event
        WHERE digest IN (VALUES {digests}) AND COALESCE(callback_id, '') NOT IN (VALUES {ids});"
    );
    format!("BEGIN IMMEDIATE; {statements} {known} COMMIT")
}
