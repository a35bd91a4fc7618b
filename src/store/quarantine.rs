//! What was set aside: items of callbacks that could not be understood, and facts that broke a rule.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::args;
use crate::domain::id::{CallbackId, ConnectionId, WorkspaceId};
use crate::domain::time::Timestamp;

const LIST: &str = "SELECT e.seq, e.callback_id, e.error, e.received_at
    FROM inbound_event e
    WHERE e.connection_id = $1 AND e.state = 'quarantined' AND e.workspace_id = $2 AND e.seq < $3
    ORDER BY e.seq DESC
    LIMIT $4";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(LIST)];

/// Something that was set aside; what else its callback held went on.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Quarantined)]
pub struct QuarantinedView {
    /// Its place in the order of arrival.
    #[schema(example = 4711)]
    pub seq: i64,
    /// The callback it came with.
    pub callback_id: Option<CallbackId>,
    /// Where in the callback, and what is wrong with it; no content.
    #[schema(example = "/entry/0/changes/3/value/comment_id: is missing")]
    pub reason: String,
    /// When it came.
    pub received_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct QuarantinedRow {
    seq: i64,
    callback_id: Option<String>,
    error: Option<String>,
    received_at: i64,
}

impl QuarantinedRow {
    fn read(self) -> Result<QuarantinedView, StoreError> {
        let bad = |_| StoreError::inconsistent("inbound_event", "callback_id", &self.seq.to_string());
        Ok(QuarantinedView {
            seq: self.seq,
            callback_id: self.callback_id.as_deref().map(CallbackId::parse).transpose().map_err(bad)?,
            reason: self.error.unwrap_or_default(),
            received_at: Timestamp::from_millis(self.received_at),
        })
    }
}

impl Store {
    /// What was set aside of a connection's callbacks, newest first; `before` is the place a page begins before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_quarantined(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Page<QuarantinedView>, StoreError> {
        let slice = Slice { after: None, limit, newest_first: true };
        let args = args![connection, workspace, before.unwrap_or(i64::MAX), slice.rows()];
        slice.page(self.db.all::<QuarantinedRow>(LIST, args).await?).try_map(QuarantinedRow::read)
    }
}
