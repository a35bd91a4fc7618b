//! The writes of one decision, gathered and sent as few statements.

use super::engine::{Bulk, Tx};
use super::error::StoreError;
use super::value::Value;

/// Whether every row must be there to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Each row names its expected version; one that is not met means another writer was faster.
    Every,
    /// Rows that match nothing are fine.
    Any,
}

/// A bulk statement with its place in the order of writing. Tables are always written in this order, so that two
/// decisions never wait for each other in a circle.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) rank: u8,
    pub(super) bulk: Bulk,
    pub(super) guard: Guard,
}

impl Statement {
    /// New rows; a row that is there already means another writer was faster.
    pub(super) const fn insert(rank: u8, head: &'static str, width: usize) -> Self {
        let bulk = Bulk::new(head, width, " ON CONFLICT DO NOTHING");
        Self { rank, bulk, guard: Guard::Every }
    }

    /// Guarded changes.
    pub(super) const fn update(rank: u8, head: &'static str, width: usize, tail: &'static str) -> Self {
        Self { rank, bulk: Bulk::new(head, width, tail), guard: Guard::Every }
    }

    /// Changes that may find nothing to change.
    pub(super) const fn adjust(rank: u8, head: &'static str, width: usize, tail: &'static str) -> Self {
        Self { rank, bulk: Bulk::new(head, width, tail), guard: Guard::Any }
    }
}

/// One row for one statement.
#[derive(Debug)]
pub struct Write {
    pub(super) statement: &'static Statement,
    pub(super) values: Vec<Value>,
}

/// Sends rows in table order, rows of one statement together and in the order they were made.
pub(super) async fn flush(tx: &mut Tx, mut writes: Vec<Write>) -> Result<(), StoreError> {
    writes.sort_by_key(|write| (write.statement.rank, std::ptr::from_ref(write.statement) as usize));
    let mut writes = writes.into_iter().peekable();
    while let Some(first) = writes.next() {
        let statement = first.statement;
        let mut values = first.values;
        let mut rows = 1;
        while let Some(next) = writes.next_if(|next| std::ptr::eq(next.statement, statement)) {
            values.extend(next.values);
            rows += 1;
        }
        let touched = tx.write(&statement.bulk, values).await?;
        if statement.guard == Guard::Every && touched != rows {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}
