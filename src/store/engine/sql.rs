//! A statement: one text for both engines, or the same with a word more on one of them.

/// A statement, for the few that need a word more on one engine.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Sql {
    pub(super) postgres: &'static str,
    pub(super) sqlite: &'static str,
}

impl Sql {
    /// The same text on both.
    pub(in crate::store) const fn same(text: &'static str) -> Self {
        Self { postgres: text, sqlite: text }
    }

    /// A text each; for use in this folder and by [`locked!`].
    pub(in crate::store) const fn each(postgres: &'static str, sqlite: &'static str) -> Self {
        Self { postgres, sqlite }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::same(text)
    }
}

/// A `SELECT` that locks the rows it reads. SQLite has one writer, which holds everything already.
macro_rules! locked {
    ($text:literal) => {
        $crate::store::engine::Sql::each(concat!($text, " FOR UPDATE"), $text)
    };
    ($text:literal, of $table:literal) => {
        $crate::store::engine::Sql::each(concat!($text, " FOR UPDATE OF ", $table), $text)
    };
    ($text:literal, of $table:literal, $after:literal) => {
        $crate::store::engine::Sql::each(
            concat!($text, " FOR UPDATE OF ", $table, $after),
            concat!($text, $after),
        )
    };
    ($text:literal, share $table:literal) => {
        $crate::store::engine::Sql::each(concat!($text, " FOR SHARE OF ", $table), $text)
    };
    ($text:literal, skip) => {
        $crate::store::engine::Sql::each(concat!($text, " FOR UPDATE SKIP LOCKED"), $text)
    };
}
pub(crate) use locked;

/// A `SELECT` whose rows of one table stay there until the end of the transaction.
macro_rules! shared {
    ($text:literal, of $table:literal, $after:literal) => {
        $crate::store::engine::Sql::each(
            concat!($text, " FOR KEY SHARE OF ", $table, $after),
            concat!($text, $after),
        )
    };
}
pub(crate) use shared;

/// The database's own clock, in epoch milliseconds.
pub(in crate::store) const NOW: Sql = Sql::each(
    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
);

/// How many tables there are where ours would be made.
pub(in crate::store) const TABLES: Sql = Sql::each(
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema::text = ANY(current_schemas(false)::text[])",
    "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'",
);
