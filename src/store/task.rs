//! Tasks.

use sqlx::FromRow;

use super::engine::Bulk;
use super::error::StoreError;
use super::value::values;
use super::write::{Statement, Write};
use crate::domain::id::{TaskId, WorkspaceId};
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    47,
    "INSERT INTO task (id, workspace_id, kind, subject, state, detail, due_at, event_seq, version, created_at)
    VALUES ",
    10,
);

static CLOSE: Statement = Statement::update(
    48,
    "UPDATE task SET state = 'closed', resolution = v.column2, closed_at = v.column3, event_seq = task.event_seq + 1,
        version = version + 1
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
            kind: match self.kind.as_str() {
                "unknown_send" => TaskKind::UnknownSend,
                "data_deletion" => TaskKind::DataDeletion,
                "handoff_suspended" => TaskKind::HandoffSuspended,
                "deauthorized" => TaskKind::Deauthorized,
                "link_review" => TaskKind::LinkReview,
                "opt_out_review" => TaskKind::OptOutReview,
                _ => return Err(bad("kind")),
            },
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
        ],
    }
}

/// A task that is done; another writer that closed it first wins.
pub fn close(task: &Task, now: Timestamp) -> Write {
    Write { statement: &CLOSE, values: values![&task.id, task.resolution.clone(), now] }
}
