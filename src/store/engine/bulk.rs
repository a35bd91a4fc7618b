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

/// Statements by where their head and tail lie and how many rows they take.
type Made = Mutex<HashMap<(usize, usize, usize), Sql>>;

/// Rows in the longest list; with up to 32 columns this stays under SQLite's 32,766 variables.
const LONGEST: usize = 256;

impl Bulk {
    /// `head (rows) tail`.
    pub(in crate::store) const fn new(head: &'static str, width: usize, tail: &'static str) -> Self {
        Self { head, width, tail: Sql::same(tail) }
    }

    /// The statement for `rows` rows, made once and kept.
    pub(in crate::store) fn text(&self, rows: usize) -> Sql {
        static MADE: LazyLock<Made> = LazyLock::new(Mutex::default);
        let key = (self.head.as_ptr() as usize, self.tail.postgres.as_ptr() as usize, rows);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        *made.entry(key).or_insert_with(|| self.compose(rows))
    }

    fn compose(&self, rows: usize) -> Sql {
        let mut list = String::new();
        for row in 0..rows {
            let places: Vec<String> =
                (1..=self.width).map(|at| format!("${}", row * self.width + at)).collect();
            list.push_str(if row == 0 { "(" } else { ", (" });
            list.push_str(&places.join(", "));
            list.push(')');
        }
        let whole = |tail: &str| &*Box::leak(format!("{}{list}{tail}", self.head).into_boxed_str());
        Sql { postgres: whole(self.tail.postgres), sqlite: whole(self.tail.sqlite) }
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
