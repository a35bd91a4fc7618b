//! The bulk accept, in one round trip: the one statement with two texts.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use futures_util::{TryStreamExt as _, future};
use sqlx::postgres::{PgArguments, PgPool};
use sqlx::sqlite::SqlitePool;
use sqlx::{Arguments as _, Executor as _};

use super::Db;
use super::bulk::{LONGEST, unnumbered};
use crate::store::error::StoreError;
use crate::store::value::Value;

const EVENT_COLUMNS: usize = 14;
const CALLBACK_COLUMNS: usize = 6;

macro_rules! into_events {
    () => {
        "INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, callback_id, kind, trust, state, day,
            payload, body_hash, error, received_at, raw)"
    };
}

macro_rules! into_callbacks {
    () => {
        "INSERT INTO callback (id, workspace_id, connection_id, day, ciphertext, received_at)"
    };
}

/// PostgreSQL takes whole columns. They are unnested one beside the other: in FROM they would be gathered in a table
/// first.
macro_rules! insert_events {
    () => {
        concat!(
            into_events!(),
            " SELECT UNNEST($1), UNNEST($2), UNNEST($3), UNNEST($4), UNNEST($5), UNNEST($6), UNNEST($7), UNNEST($8),
            UNNEST($9), UNNEST($10), UNNEST($11), UNNEST($12), UNNEST($13), UNNEST($14)
        ON CONFLICT (digest) DO NOTHING"
        )
    };
}

const EVENTS: &str = insert_events!();

const EVENTS_AND_CALLBACKS: &str = concat!(
    "WITH fresh AS (",
    insert_events!(),
    " RETURNING callback_id
    ), kept AS (",
    into_callbacks!(),
    " SELECT * FROM (
            SELECT UNNEST($15) AS id, UNNEST($16), UNNEST($17), UNNEST($18), UNNEST($19), UNNEST($20)
        ) AS sent
        WHERE sent.id IN (SELECT callback_id FROM fresh)
    )
    SELECT COUNT(*) FROM fresh"
);

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
    /// Stores events that are not there yet, and the callbacks they came in; how many events were stored.
    pub(in crate::store) async fn accept(
        &self,
        events: Vec<Row<'_>>,
        callbacks: Vec<Row<'_>>,
    ) -> Result<usize, StoreError> {
        if events.is_empty() {
            return Ok(0);
        }
        let stored = match self {
            Self::Postgres(pool) => accept_postgres(pool, &events, &callbacks).await?,
            Self::Sqlite { write, .. } => accept_sqlite(write, events, callbacks).await?,
        };
        Ok(usize::try_from(stored).unwrap_or_default())
    }
}

async fn accept_postgres(
    pool: &PgPool,
    events: &[Row<'_>],
    callbacks: &[Row<'_>],
) -> Result<u64, StoreError> {
    let mut values = PgArguments::default();
    for column in columns(events).into_iter().chain(columns(callbacks)) {
        match column {
            Column::Ints(column) => values.add(column),
            Column::Texts(column) => values.add(column),
            Column::Blobs(column) => values.add(column),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    if callbacks.is_empty() {
        return Ok(sqlx::query_with(EVENTS, values).execute(pool).await?.rows_affected());
    }
    let stored: i64 = sqlx::query_scalar_with(EVENTS_AND_CALLBACKS, values).fetch_one(pool).await?;
    Ok(stored.unsigned_abs())
}

/// Several statements with one list of values, of which each takes the next. Every statement on its own would be a way
/// to the thread of the connection and back.
async fn accept_sqlite(
    write: &SqlitePool,
    mut events: Vec<Row<'_>>,
    mut callbacks: Vec<Row<'_>>,
) -> Result<u64, StoreError> {
    fill(&mut events);
    fill(&mut callbacks);
    let mut query = sqlx::query(sqlite_text(events.len(), callbacks.len()));
    let digests: Vec<&Value> = events.iter().filter_map(|row| row.first()).collect();
    let kept = callbacks
        .chunks(LONGEST)
        .flat_map(|rows| rows.iter().copied().flatten().chain(digests.iter().copied()));
    for value in events.iter().copied().flatten().chain(kept) {
        query = match value.clone() {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Blob(value) => query.bind(value),
        };
    }
    let mut connection = write.acquire().await?;
    // One for each statement, of which BEGIN is the first.
    let ends = connection.fetch_many(query).try_filter_map(|end| future::ready(Ok(end.left())));
    match ends.map_ok(|end| end.rows_affected()).try_collect::<Vec<_>>().await {
        Ok(changed) => Ok(changed.into_iter().skip(1).take(events.len().div_ceil(LONGEST)).sum()),
        Err(error) => {
            // Whichever statement failed, nothing of it stays; when it was the first, there is nothing to undo.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            Err(error.into())
        }
    }
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
        format!(concat!(into_events!(), " VALUES {} ON CONFLICT (digest) DO NOTHING;"), rows)
    });
    let digests = unnumbered(1, events);
    let insert_callbacks = lengths(callbacks).map(|rows| {
        let rows = unnumbered(CALLBACK_COLUMNS, rows);
        format!(
            concat!(
                into_callbacks!(),
                " SELECT c.* FROM (VALUES {}) AS c
            WHERE c.column1 IN (SELECT callback_id FROM inbound_event WHERE digest IN (VALUES {}))
            ON CONFLICT (id) DO NOTHING;"
            ),
            rows, digests
        )
    });
    let statements: String = insert_events.chain(insert_callbacks).collect();
    format!("BEGIN IMMEDIATE; {statements} COMMIT")
}
