//! Something a person must look at, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::Resource;
use crate::domain::id::TaskId;
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::domain::time::Timestamp;

/// Something a person must look at.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// The resource it is about.
    #[schema(example = "msg_01kap0bswxev1bjsph3xxwkkrz")]
    pub subject: String,
    /// Open or closed.
    pub state: TaskState,
    /// What happened, for a person.
    #[schema(example = "Nobody knows whether this message was sent.")]
    pub detail: String,
    /// The id by which the platform knows the person it is about, in the scope of its app. It is told here alone, not in
    /// events, and forgotten when the task is closed.
    #[schema(example = "218471")]
    pub person: Option<String>,
    /// By when somebody should have looked.
    pub due_at: Option<Timestamp>,
    /// How it ended.
    #[schema(example = "sent")]
    pub resolution: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A task as a resource.
#[must_use]
pub fn task(task: Task) -> Resource {
    let view = TaskView {
        id: task.id,
        kind: task.kind,
        subject: task.subject,
        state: task.state,
        detail: task.detail,
        person: None,
        due_at: task.due_at,
        resolution: task.resolution,
        created_at: task.created_at,
        closed_at: task.closed_at,
    };
    Resource::of(&view, Vec::new())
}
