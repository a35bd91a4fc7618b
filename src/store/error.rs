//! What can go wrong in the store. Nobody outside sees the driver's error.

use crate::vault::Unopened;

/// A store failure.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database or the way to it failed; trying again may help.
    #[error("database: {0}")]
    Driver(sqlx::Error),
    /// Another writer was there first; decide again on fresh rows.
    #[error("another writer was faster")]
    Conflict,
    /// A unique constraint refused a row.
    #[error("a row with this key is there already: {constraint}")]
    Taken {
        /// The constraint or index.
        constraint: String,
    },
    /// A row does not hold what the schema promises.
    #[error("{table}.{column} of {row} is not understood")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// The bad cell.
        column: &'static str,
        /// Its key.
        row: String,
    },
    /// Sealed bytes did not open: another master key, or changed bytes.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// A cell that is not understood.
    pub(super) fn inconsistent(table: &'static str, column: &'static str, row: &str) -> Self {
        Self::Inconsistent { table, column, row: row.to_owned() }
    }

    /// Whether the same decision may succeed when made again.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }

    /// Whether the same work will fail again until code or data is mended.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !self.is_conflict() && !self.is_unavailable()
    }

    /// Whether the database could not be reached or did not answer, as against having refused.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Driver(error) if !matches!(error, sqlx::Error::Database(_)))
            || matches!(self, Self::Driver(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| is_outage(&code)))
    }
}

/// PostgreSQL classes 08 (connection), 53 (resources) and 57 (operator), and SQLite's BUSY, IOERR and FULL.
fn is_outage(code: &str) -> bool {
    ["08", "53", "57"].iter().any(|class| code.len() == 5 && code.starts_with(class))
        || code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, 5 | 10 | 13))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(cause) = &error else { return Self::Driver(error) };
        if cause.code().is_some_and(|code| code == "40001" || code == "40P01") {
            return Self::Conflict;
        }
        if cause.is_unique_violation() {
            // SQLite names it in its sentence alone.
            let constraint = cause.constraint().unwrap_or_else(|| cause.message());
            return Self::Taken { constraint: constraint.to_owned() };
        }
        Self::Driver(error)
    }
}
