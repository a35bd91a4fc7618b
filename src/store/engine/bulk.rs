//! Statements over many rows.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{Db, Row, Sql, Tx};
use crate::store::error::StoreError;
use crate::store::value::{Args, Value};

/// A statement over many rows: `head`, a `VALUES` list, `tail`. Lists come in powers of two, so that a handful of
/// texts is prepared, not one for every length.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bulk {
    /// Up to where the list stands.
    pub(in crate::store) head: &'static str,
    /// Values in a row of the list.
    pub(in crate::store) width: usize,
    /// What follows the list.
    pub(in crate::store) tail: Sql,
}

/// A `SELECT` among keys: `head`, a `VALUES` list of keys, `tail`. Both may name parameters, which come before the
/// keys. There is one list, filled up to a power of two by a key that stands in it already.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Among {
    /// Up to where the list stands.
    pub(in crate::store) head: &'static str,
    /// Parameters before the keys.
    pub(in crate::store) parameters: usize,
    /// What follows the list.
    pub(in crate::store) tail: Sql,
}

/// Statements by where their head and tail lie and how many rows they take.
type Made = Mutex<HashMap<(usize, usize, usize), Sql>>;

/// Rows in the longest list; with up to 32 columns this stays under SQLite's 32,766 variables.
pub(super) const LONGEST: usize = 256;

impl Bulk {
    /// `head (rows) tail`.
    pub(in crate::store) const fn new(head: &'static str, width: usize, tail: &'static str) -> Self {
        Self { head, width, tail: Sql::same(tail) }
    }

    /// The statement for `rows` rows, made once and kept.
    pub(in crate::store) fn text(&self, rows: usize) -> Sql {
        text(self.head, (0, self.width, rows), self.tail)
    }

    /// Cuts `rows` into lists of power-of-two lengths.
    pub(in crate::store) fn lists(&self, rows: Vec<Value>) -> Vec<(Sql, Args)> {
        let mut left = rows.len() / self.width;
        let mut values = rows.into_iter();
        let mut lists = Vec::new();
        while left > 0 {
            let take = prev_power_of_two(left).min(LONGEST);
            lists.push((
                self.text(take),
                Args::from(values.by_ref().take(take * self.width).collect::<Vec<_>>()),
            ));
            left -= take;
        }
        lists
    }
}

impl Among {
    /// The statement for `keys` keys, made once and kept.
    pub(in crate::store) fn text(&self, keys: usize) -> Sql {
        text(self.head, (self.parameters, 1, keys), self.tail)
    }

    fn filled(&self, parameters: Vec<Value>, mut keys: Vec<Value>) -> Option<(Sql, Args)> {
        let last = keys.last()?.clone();
        keys.resize(keys.len().next_power_of_two(), last);
        let sql = self.text(keys.len());
        Some((sql, parameters.into_iter().chain(keys).collect::<Vec<_>>().into()))
    }
}

fn text(head: &'static str, (before, width, rows): (usize, usize, usize), tail: Sql) -> Sql {
    static MADE: LazyLock<Made> = LazyLock::new(Mutex::default);
    let key = (head.as_ptr() as usize, tail.postgres.as_ptr() as usize, rows);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    *made.entry(key).or_insert_with(|| {
        let numbered = numbered(before, width, rows);
        let whole = |list: &str, tail: &str| &*format!("{head}{list}{tail}").leak();
        let sqlite = if before == 0 { unnumbered(width, rows) } else { numbered.clone() };
        Sql { postgres: whole(&numbered, tail.postgres), sqlite: whole(&sqlite, tail.sqlite) }
    })
}

/// `($1, $2), ($3, $4)`, counted after the parameters `before`.
fn numbered(before: usize, width: usize, rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=width).map(|at| format!("${}", before + row * width + at)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `(?, ?), (?, ?)`: SQLite looks for each number of a place among all those of the statement.
pub(super) fn unnumbered(width: usize, rows: usize) -> String {
    vec![format!("({})", vec!["?"; width].join(", ")); rows].join(", ")
}

const fn prev_power_of_two(n: usize) -> usize {
    1 << n.ilog2()
}

impl Tx {
    /// Runs a bulk statement over all rows; how many rows it touched.
    pub(in crate::store) async fn write(&mut self, bulk: &Bulk, rows: Vec<Value>) -> Result<u64, StoreError> {
        let mut touched = 0;
        for (sql, args) in bulk.lists(rows) {
            touched += self.execute(sql, args).await?;
        }
        Ok(touched)
    }

    /// Reads by a list of keys.
    pub(in crate::store) async fn lookup<T: Row>(
        &mut self,
        bulk: &Bulk,
        keys: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        for (sql, args) in bulk.lists(keys) {
            rows.extend(self.all(sql, args).await?);
        }
        Ok(rows)
    }

    /// Reads among keys, with one statement.
    pub(in crate::store) async fn among<T: Row>(
        &mut self,
        among: &Among,
        parameters: Vec<Value>,
        keys: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        match among.filled(parameters, keys) {
            Some((sql, args)) => self.all(sql, args).await,
            None => Ok(Vec::new()),
        }
    }
}

impl Db {
    /// Reads by a list of keys outside a transaction.
    pub(in crate::store) async fn lookup<T: Row>(
        &self,
        bulk: &Bulk,
        keys: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        for (sql, args) in bulk.lists(keys) {
            rows.extend(self.all(sql, args).await?);
        }
        Ok(rows)
    }
}
