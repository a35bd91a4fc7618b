//! The audit log: who changed what, in the same commit as the change.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::{args, values};
use super::write::{Statement, Write};
use crate::clock;
use crate::domain::id::{AuditId, KeyId, WorkspaceId};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    71,
    "INSERT INTO audit (id, workspace_id, key_id, action, subject, request_id, at) VALUES ",
    7,
);

const LIST: &str = "SELECT a.id, a.key_id, a.action, a.subject, a.request_id, a.at
    FROM audit a
    WHERE a.workspace_id = $1
        AND a.seq < COALESCE((SELECT b.seq FROM audit b WHERE b.id = $2), 9223372036854775807)
    ORDER BY a.seq DESC
    LIMIT $3";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(LIST)];

/// What somebody asks for, as far as the audit log keeps it.
#[derive(Clone, Debug)]
pub struct Act {
    /// The API key that asks.
    pub key_id: KeyId,
    /// Method and route, such as `POST /v1/connections/{id}/secrets`.
    pub action: String,
    /// The resource named in the path, if one is.
    pub subject: Option<String>,
    /// The id of the request.
    pub request_id: String,
}

/// One administrative act. It names no values.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub struct AuditView {
    /// The record.
    pub id: AuditId,
    /// The API key that asked; null when the service acted by itself.
    pub key_id: Option<KeyId>,
    /// Method and route; of the service's own acts `token.renewed` or `token.refused`.
    #[schema(example = "POST /v1/connections/{id}/secrets")]
    pub action: String,
    /// The resource that was made or changed.
    #[schema(example = "conn_01j9zv7w3nfjt9x3q8k2m5r6ya")]
    pub subject: String,
    /// The id of the request, as it stands in the answer and in the log; null where there was none.
    pub request_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

#[derive(Debug, FromRow)]
struct AuditRow {
    id: String,
    key_id: String,
    action: String,
    subject: String,
    request_id: String,
    at: i64,
}

impl AuditRow {
    fn read(self) -> Result<AuditView, StoreError> {
        let bad = |column| StoreError::inconsistent("audit", column, &self.id);
        Ok(AuditView {
            id: AuditId::parse(&self.id).map_err(|_| bad("id"))?,
            key_id: some(&self.key_id).map(KeyId::parse).transpose().map_err(|_| bad("key_id"))?,
            request_id: some(&self.request_id).map(str::to_owned),
            action: self.action,
            subject: self.subject,
            at: Timestamp::from_millis(self.at),
        })
    }
}

/// What stands there, unless nothing does.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The record of an act; `made` is the resource it gave, where the path names none.
pub fn insert(workspace: &WorkspaceId, act: &Act, made: Option<&str>, now: Timestamp) -> Write {
    let subject = act.subject.as_deref().or(made).unwrap_or_default();
    let id = AuditId::new(now, &clock::chance());
    let values = values![&id, workspace, &act.key_id, &act.action, subject, &act.request_id, now];
    Write { statement: &INSERT, values }
}

/// The record of something the service did by itself.
pub(super) fn insert_own(
    workspace: &WorkspaceId,
    action: &'static str,
    subject: &str,
    now: Timestamp,
) -> Write {
    let id = AuditId::new(now, &clock::chance());
    Write { statement: &INSERT, values: values![&id, workspace, "", action, subject, "", now] }
}

impl Store {
    /// Administrative acts of a workspace, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(
        &self,
        workspace: &WorkspaceId,
        slice: Slice<'_>,
    ) -> Result<Page<AuditView>, StoreError> {
        let args = args![workspace, slice.edge(), slice.rows()];
        slice.page(self.db.all::<AuditRow>(LIST, args).await?).try_map(AuditRow::read)
    }
}
