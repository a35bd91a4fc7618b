//! Fences: one owner at a time for what must not run twice.

use super::Store;
use super::engine::{Sql, Tx};
use super::error::StoreError;
use super::value::args;
use crate::domain::id::ReplicaId;
use crate::domain::time::Timestamp;

/// $5: whether to take it from whoever holds it, where nobody else can be alive.
const TAKE: &str = "INSERT INTO fence (name, epoch, owner, lease_until) VALUES ($1, 1, $2, $3)
    ON CONFLICT (name) DO UPDATE
    SET epoch = fence.epoch + 1, owner = excluded.owner, lease_until = excluded.lease_until
    WHERE fence.lease_until <= $4 OR fence.owner = excluded.owner OR $5 = 1
    RETURNING epoch";

const PASS: &str = "UPDATE fence SET lease_until = $3 WHERE name = $1 AND epoch = $2";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(TAKE), Sql::same(PASS)];

/// The right to do what stands behind a fence, until somebody else has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    pub(super) name: &'static str,
    pub(super) epoch: i64,
}

impl Store {
    /// Takes a fence that nobody holds; `None` while somebody does. Whoever held it before can write nothing more
    /// behind it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_fence(
        &self,
        name: &'static str,
        owner: &ReplicaId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Fence>, StoreError> {
        let args = args![name, owner, until, now, !self.is_shared()];
        let rows: Vec<(i64,)> = self.db.change(TAKE, args).await?;
        Ok(rows.first().map(|&(epoch,)| Fence { name, epoch }))
    }

    /// Holds a fence until `until`, or lets it go by a time that has passed; `false` when it was lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_fence(&self, fence: Fence, until: Timestamp) -> Result<bool, StoreError> {
        Ok(self.db.execute(PASS, args![fence.name, fence.epoch, until]).await? == 1)
    }
}

/// Passes a fence, as the first statement of a transaction behind it; `false` when it was lost.
pub(super) async fn pass(tx: &mut Tx, fence: Fence, until: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(PASS, args![fence.name, fence.epoch, until]).await? == 1)
}
