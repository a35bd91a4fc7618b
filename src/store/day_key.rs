//! The key of a day, under which raw callbacks and undecided facts are sealed.

use std::sync::PoisonError;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;
use crate::clock;
use crate::vault::Key;

const INSERT_DAY_KEY: &str =
    "INSERT INTO day_key (day, wrapped) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING";
const DAY_KEY: &str = "SELECT wrapped FROM day_key WHERE day = $1";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(INSERT_DAY_KEY), Sql::same(DAY_KEY)];

impl Store {
    /// The key under which a day's raw callbacks are sealed; made on first use by whoever is first.
    pub(super) async fn day_key(&self, day: i64) -> Result<Key, StoreError> {
        let cached = self.day_keys.lock().unwrap_or_else(PoisonError::into_inner).get(&day).cloned();
        if let Some(key) = cached {
            return Ok(key);
        }
        let context = format!("day/{day}");
        let mut row: Option<(Vec<u8>,)> = self.db.find(DAY_KEY, args![day]).await?;
        if row.is_none() {
            let new = self.vault.data().wrap(clock::random(), &context, &Key::new(clock::random()));
            self.db.execute(INSERT_DAY_KEY, args![day, new]).await?;
            row = self.db.find(DAY_KEY, args![day]).await?;
        }
        let (wrapped,) = row.ok_or_else(|| StoreError::inconsistent("day_key", "wrapped", &context))?;
        let key = self.vault.data().unwrap(&context, &wrapped)?;
        self.day_keys.lock().unwrap_or_else(PoisonError::into_inner).insert(day, key.clone());
        Ok(key)
    }

    /// Keeps the keys of days before `day` no longer in memory.
    pub fn forget_day_keys(&self, day: i64) {
        self.day_keys.lock().unwrap_or_else(PoisonError::into_inner).retain(|kept, _| *kept >= day);
    }
}
