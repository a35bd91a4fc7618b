//! Numbering: events get their dense position in the workspace.

use std::collections::BTreeMap;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::fence::{self, Fence};
use super::value::{args, values};
use crate::domain::time::Timestamp;

const NUMBER: &str = "WITH batch AS (
        SELECT seq, workspace_id FROM event WHERE position IS NULL ORDER BY seq LIMIT $1
    ), numbered AS (
        SELECT b.seq, COALESCE(h.position, 0) + ROW_NUMBER() OVER (PARTITION BY b.workspace_id ORDER BY b.seq)
            AS position
        FROM batch b LEFT JOIN event_head h ON h.workspace_id = b.workspace_id
    )
    UPDATE event SET position = numbered.position
    FROM numbered WHERE event.seq = numbered.seq
    RETURNING event.workspace_id, event.position";

const HEADS: Bulk = Bulk::new(
    "INSERT INTO event_head (workspace_id, position) VALUES ",
    2,
    " ON CONFLICT (workspace_id) DO UPDATE SET position = excluded.position",
);

const UNNUMBERED: &str = "SELECT seq FROM event WHERE position IS NULL LIMIT 1";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(NUMBER), Sql::same(UNNUMBERED)];
pub(super) const LOOKUPS: &[Bulk] = &[HEADS];

impl Store {
    /// Gives the oldest `limit` events without a position theirs; how many there were. `None` when the fence was
    /// lost: then nothing is written.
    ///
    /// # Errors
    /// When the database fails: then nothing is written.
    pub async fn number_events(
        &self,
        fence: Fence,
        until: Timestamp,
        limit: i64,
    ) -> Result<Option<usize>, StoreError> {
        let mut tx = self.db.begin().await?;
        if !fence::pass(&mut tx, fence, until).await? {
            return Ok(None);
        }
        let numbered: Vec<(String, i64)> = tx.all(NUMBER, args![limit]).await?;
        let count = numbered.len();
        let mut heads: BTreeMap<String, i64> = BTreeMap::new();
        for (workspace, position) in numbered {
            let head = heads.entry(workspace).or_default();
            *head = position.max(*head);
        }
        let rows = heads.iter().flat_map(|(workspace, position)| values![workspace, *position]).collect();
        tx.write(&HEADS, rows).await?;
        tx.commit().await?;
        Ok(Some(count))
    }

    /// Whether some event has no position yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_unnumbered(&self) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = self.db.find(UNNUMBERED, args![]).await?;
        Ok(row.is_some())
    }
}
