//! Tasks.

use sqlx::FromRow;

use super::engine::Bulk;
use super::error::StoreError;
use super::value::values;
use super::write::{Statement, Write};
use crate::clock;
use crate::domain::id::{TaskId, WorkspaceId};
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::domain::time::Timestamp;
use crate::vault::Vault;

static INSERT: Statement = Statement::insert(
    47,
    "INSERT INTO task (id, workspace_id, kind, subject, state, detail, due_at, event_seq, version, created_at, person)
    VALUES ",
    11,
);

static CLOSE: Statement = Statement::update(
    48,
    "UPDATE task SET state = 'closed', resolution = v.column2, closed_at = v.column3, event_seq = task.event_seq + 1,
        person = NULL, version = version + 1
    FROM (VALUES ",
    3,
    ") AS v WHERE task.id = v.column1 AND task.state = 'open'",
);

/// Open tasks by what they are about.
pub(super) const OPEN_BY_SUBJECT: Bulk = Bulk::new(
    "SELECT t.id, t.workspace_id, t.kind, t.subject, t.state, t.detail, t.due_at, t.event_seq, t.resolution, t.created_at,
        t.closed_at
    FROM (VALUES ",
    1,
    ") AS v JOIN task t ON t.subject = v.column1 AND t.state = 'open'",
);

/// By id.
pub(super) const BY_ID: Bulk = Bulk::new(
    "SELECT t.id, t.workspace_id, t.kind, t.subject, t.state, t.detail, t.due_at, t.event_seq, t.resolution, t.created_at,
        t.closed_at
    FROM (VALUES ",
    1,
    ") AS v JOIN task t ON t.id = v.column1",
);

#[derive(Debug, FromRow)]
pub(super) struct TaskRow {
    id: String,
    workspace_id: String,
    kind: String,
    subject: String,
    state: String,
    detail: String,
    due_at: Option<i64>,
    event_seq: i64,
    resolution: Option<String>,
    created_at: i64,
    closed_at: Option<i64>,
}

impl TaskRow {
    pub(super) fn read(self) -> Result<Task, StoreError> {
        let bad = |column| StoreError::inconsistent("task", column, &self.id);
        Ok(Task {
            id: TaskId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            kind: TaskKind::parse(&self.kind).ok_or_else(|| bad("kind"))?,
            subject: self.subject.clone(),
            state: if self.state == "open" { TaskState::Open } else { TaskState::Closed },
            detail: self.detail.clone(),
            due_at: self.due_at.map(Timestamp::from_millis),
            event_seq: self.event_seq,
            resolution: self.resolution.clone(),
            created_at: Timestamp::from_millis(self.created_at),
            closed_at: self.closed_at.map(Timestamp::from_millis),
        })
    }
}

/// A new task, of which its opening has been told.
pub fn insert(task: &Task) -> Write {
    row(task, None)
}

/// A new task about somebody whom only the platform knows by this id. It is kept sealed until the task is closed.
pub fn insert_about(vault: &Vault, task: &Task, person: &str) -> Write {
    let sealed = vault.data().seal(clock::random(), &person_context(&task.id), person.as_bytes());
    row(task, Some(sealed))
}

/// Whom a task is about.
pub(super) fn open_person(vault: &Vault, task: &TaskId, sealed: &[u8]) -> Result<String, StoreError> {
    let plain = vault.data().open(&person_context(task), sealed)?;
    String::from_utf8(plain).map_err(|_| StoreError::inconsistent("task", "person", task.as_str()))
}

fn person_context(task: &TaskId) -> String {
    format!("task/{task}/person")
}

fn row(task: &Task, person: Option<Vec<u8>>) -> Write {
    Write {
        statement: &INSERT,
        values: values![
            &task.id,
            &task.workspace_id,
            task.kind.as_str(),
            task.subject.as_str(),
            task.state.as_str(),
            task.detail.as_str(),
            task.due_at,
            1_i64,
            1_i64,
            task.created_at,
            person,
        ],
    }
}

/// A task that is done; another writer that closed it first wins.
pub fn close(task: &Task, now: Timestamp) -> Write {
    Write { statement: &CLOSE, values: values![&task.id, task.resolution.clone(), now] }
}
