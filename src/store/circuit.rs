//! Circuits: how often in a row a destination failed, and until when nothing is tried there.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::engine::{Bulk, Tx, locked};
use super::error::StoreError;
use super::value::{Value, values};
use crate::domain::circuit;
use crate::domain::time::Timestamp;

const LOCK: Bulk = Bulk {
    head: "SELECT c.destination, c.failures, c.open_until FROM (VALUES ",
    width: 1,
    tail: locked!(") AS v JOIN circuit c ON c.destination = v.column1 ORDER BY c.destination", of "c"),
};

const PUT: Bulk = Bulk::new(
    "INSERT INTO circuit (destination, workspace_id, failures, open_until, updated_at) VALUES ",
    5,
    " ON CONFLICT (destination) DO UPDATE SET failures = excluded.failures, open_until = excluded.open_until,
        updated_at = excluded.updated_at",
);

/// What waited for its own retry need not any longer.
const HASTEN: Bulk = Bulk::new(
    "UPDATE delivery SET due_at = v.column2
    FROM (VALUES ",
    2,
    ") AS v
    WHERE delivery.destination = v.column1 AND delivery.state = 'pending' AND delivery.due_at > v.column2",
);

pub(super) const LOOKUPS: &[Bulk] = &[LOCK, PUT, HASTEN];

#[derive(Debug, FromRow)]
struct CircuitRow {
    destination: String,
    failures: i64,
    open_until: Option<i64>,
}

/// Failures in a row, and until when it is open.
type State = (i64, Option<Timestamp>);

/// What tries taught about a destination, in the order they were made.
#[derive(Debug)]
pub(super) struct Lessons {
    pub(super) workspace_id: String,
    /// Whether each try found it working.
    pub(super) works: Vec<bool>,
}

/// How a destination's circuit stands after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// As it did, or failing without being open yet.
    Not,
    /// It failed once too often, just now or again.
    Open,
    /// It works again.
    Closed,
}

/// Moves the circuits of these destinations on.
pub(super) async fn learn(
    tx: &mut Tx,
    lessons: &BTreeMap<String, Lessons>,
    now: Timestamp,
) -> Result<BTreeMap<String, Turned>, StoreError> {
    let rows: Vec<CircuitRow> = tx.lookup(&LOCK, lessons.keys().map(Value::from).collect()).await?;
    let known: BTreeMap<&str, &CircuitRow> = rows.iter().map(|row| (row.destination.as_str(), row)).collect();
    let mut changed = Vec::new();
    let mut hastened = Vec::new();
    let mut turned = BTreeMap::new();
    for (destination, lesson) in lessons {
        let before = known
            .get(destination.as_str())
            .map_or((0, None), |row| (row.failures, row.open_until.map(Timestamp::from_millis)));
        let after = lesson
            .works
            .iter()
            .fold(before, |state, &works| if works { (0, None) } else { fail(state, now) });
        if after != before {
            changed.extend(values![destination, &lesson.workspace_id, after.0, after.1, now]);
        }
        if before.1.is_some() && after.1.is_none() {
            hastened.extend(values![destination, now]);
        }
        turned.insert(destination.clone(), turn(before, after));
    }
    tx.write(&PUT, changed).await?;
    tx.write(&HASTEN, hastened).await?;
    Ok(turned)
}

/// One more failure. Those that were on their way when it opened, and the probe, were counted already.
fn fail((failures, open_until): State, now: Timestamp) -> State {
    if open_until.is_some() { (failures, open_until) } else { circuit::failed(failures, now) }
}

fn turn(before: State, after: State) -> Turned {
    match (before, after) {
        (_, (_, Some(_))) => Turned::Open,
        ((1.., _), (0, None)) => Turned::Closed,
        _ => Turned::Not,
    }
}
