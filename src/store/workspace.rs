//! Workspaces: the tenants.

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::{args, values};
use super::write::{Statement, Write};
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(0, "INSERT INTO workspace (id, name, created_at) VALUES ", 3);

const ENSURE: &str =
    "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";

const LIST: &str =
    "SELECT w.id, w.name, w.created_at FROM workspace w WHERE w.id > $1 ORDER BY w.id LIMIT $2";

const FIND: &str = "SELECT w.id, w.name, w.created_at FROM workspace w WHERE w.id = $1";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(ENSURE), Sql::same(LIST), Sql::same(FIND)];

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What the operator calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The workspace that is there from the first start on. Its id is fixed, so that two processes make the same one.
#[must_use]
pub fn default_id() -> WorkspaceId {
    WorkspaceId::new(Timestamp::from_millis(0), &[0; 10])
}

#[derive(Debug, FromRow)]
struct WorkspaceRow {
    id: String,
    name: String,
    created_at: i64,
}

impl WorkspaceRow {
    fn read(self) -> Result<Workspace, StoreError> {
        let bad = |_| StoreError::inconsistent("workspace", "id", &self.id);
        Ok(Workspace {
            id: WorkspaceId::parse(&self.id).map_err(bad)?,
            name: self.name,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// A new workspace.
pub fn insert(workspace: &Workspace) -> Write {
    let values = values![&workspace.id, &workspace.name, workspace.created_at];
    Write { statement: &INSERT, values }
}

impl Store {
    /// Makes the default workspace unless it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_default_workspace(&self, now: Timestamp) -> Result<WorkspaceId, StoreError> {
        let id = default_id();
        self.db.execute(ENSURE, args![&id, "Default", now]).await?;
        Ok(id)
    }

    /// A workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.db.find::<WorkspaceRow>(FIND, args![id]).await?.map(WorkspaceRow::read).transpose()
    }

    /// Workspaces, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_workspaces(&self, slice: Slice<'_>) -> Result<Page<Workspace>, StoreError> {
        slice
            .page(self.db.all::<WorkspaceRow>(LIST, args![slice.edge(), slice.rows()]).await?)
            .try_map(WorkspaceRow::read)
    }
}
