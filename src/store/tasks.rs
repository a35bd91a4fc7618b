//! Tasks as the desk reads them.

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::task::{TaskRow, open_person};
use super::value::args;
use super::view;
use crate::domain::id::{TaskId, WorkspaceId};
use crate::domain::task::TaskState;

macro_rules! columns {
    () => {
        "SELECT t.id, t.workspace_id, t.kind, t.subject, t.state, t.detail, t.due_at, t.event_seq, t.resolution,
        t.created_at, t.closed_at, t.person
    FROM task t "
    };
}

const FIND: &str = concat!(columns!(), "WHERE t.workspace_id = $1 AND t.id = $2");

const LIST: &str = concat!(
    columns!(),
    "WHERE t.workspace_id = $1 AND t.id < $2 AND ($4 = '' OR t.state = $4)
    ORDER BY t.id DESC
    LIMIT $3"
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(FIND), Sql::same(LIST)];

#[derive(Debug, FromRow)]
struct ShownRow {
    #[sqlx(flatten)]
    task: TaskRow,
    person: Option<Vec<u8>>,
}

impl Store {
    /// A task as it is read, which is the only place where it says who it is about.
    fn show(&self, row: ShownRow) -> Result<Json, StoreError> {
        let task = row.task.read()?;
        let open = |sealed: Vec<u8>| open_person(&self.vault, &task.id, &sealed);
        let person = row.person.map(open).transpose()?;
        let mut shown = view::task(task).data;
        shown["person"] = Json::from(person);
        Ok(shown)
    }

    /// A task of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_task(&self, workspace: &WorkspaceId, id: &TaskId) -> Result<Option<Json>, StoreError> {
        let row: Option<ShownRow> = self.db.find(FIND, args![workspace, id]).await?;
        row.map(|row| self.show(row)).transpose()
    }

    /// Tasks, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tasks(
        &self,
        workspace: &WorkspaceId,
        state: Option<TaskState>,
        slice: Slice<'_>,
    ) -> Result<Page<Json>, StoreError> {
        let state = state.map_or("", TaskState::as_str);
        let args = args![workspace, slice.edge(), slice.rows(), state];
        slice.page(self.db.all::<ShownRow>(LIST, args).await?).try_map(|row| self.show(row))
    }
}
