//! Workspaces: the tenants.

use serde_json::{Map, Value};
use sqlx::FromRow;

use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::{args, values};
use super::write::{Statement, Write};
use super::{Store, json};
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;
use crate::domain::workspace::WorkspaceSettings;

static INSERT: Statement = Statement::insert(0, "INSERT INTO workspace (id, name, created_at) VALUES ", 3);

static SET: Statement = Statement::update(
    1,
    "UPDATE workspace SET settings = v.column3, version = version + 1
    FROM (VALUES ",
    3,
    ") AS v WHERE workspace.id = v.column1 AND workspace.version = v.column2",
);

const ENSURE: &str =
    "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";

const LIST: &str =
    "SELECT w.id, w.name, w.created_at FROM workspace w WHERE w.id > $1 ORDER BY w.id LIMIT $2";

const FIND: &str = "SELECT w.id, w.name, w.created_at FROM workspace w WHERE w.id = $1";

const CONFIGURED: &str =
    "SELECT w.id, w.name, w.created_at, w.settings, w.version FROM workspace w WHERE w.id = $1";

/// The settings of tenants.
pub(super) const SETTINGS: Bulk = Bulk::new(
    "SELECT w.id, w.name, w.settings FROM (VALUES ",
    1,
    ") AS v JOIN workspace w ON w.id = v.column1",
);

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(ENSURE), Sql::same(LIST), Sql::same(FIND), Sql::same(CONFIGURED)];

pub(super) const LOOKUPS: &[Bulk] = &[SETTINGS];

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

/// A tenant with what was set of its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredWorkspace {
    /// The tenant.
    pub workspace: Workspace,
    /// What was set; all else has its default.
    pub set: Map<String, Value>,
    /// Grows with every change of the settings.
    pub version: i64,
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

#[derive(Debug, FromRow)]
struct ConfiguredRow {
    id: String,
    name: String,
    created_at: i64,
    settings: String,
    version: i64,
}

impl ConfiguredRow {
    fn read(self) -> Result<ConfiguredWorkspace, StoreError> {
        let set = json::read(&self.settings, "workspace", "settings", &self.id)?;
        let row = WorkspaceRow { id: self.id, name: self.name, created_at: self.created_at };
        Ok(ConfiguredWorkspace { workspace: row.read()?, set, version: self.version })
    }
}

/// A tenant's settings.
#[derive(Debug, FromRow)]
pub(super) struct SettingsRow {
    id: String,
    name: String,
    settings: String,
}

impl SettingsRow {
    /// Of columns read with something else.
    pub(super) fn of(id: &str, name: &str, settings: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), settings: settings.to_owned() }
    }

    /// The settings, with the workspace's name where no brand was set.
    pub(super) fn read(self) -> Result<(WorkspaceId, WorkspaceSettings), StoreError> {
        let bad = |_| StoreError::inconsistent("workspace", "id", &self.id);
        let id = WorkspaceId::parse(&self.id).map_err(bad)?;
        let settings: WorkspaceSettings = json::read(&self.settings, "workspace", "settings", &self.id)?;
        Ok((id, settings.named(&self.name)))
    }
}

/// What is set of a workspace's settings, read at version `read`.
pub fn set(id: &WorkspaceId, read: i64, settings: &Map<String, Value>) -> Write {
    let settings = Value::Object(settings.clone()).to_string();
    Write { statement: &SET, values: values![id, read, settings] }
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

    /// A workspace with what was set of its settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_configured(&self, id: &WorkspaceId) -> Result<Option<ConfiguredWorkspace>, StoreError> {
        self.db.find::<ConfiguredRow>(CONFIGURED, args![id]).await?.map(ConfiguredRow::read).transpose()
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
