//! Closing tasks.

use super::{Caller, Decided, Outcome, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::fact::close_task;
use crate::bridge::refusal::Refusal;
use crate::domain::id::TaskId;
use crate::domain::task::{Task, TaskState};
use crate::store::Needs;
use crate::store::view;

impl Bridge {
    /// Closes a task; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or closed already.
    pub async fn close_task(&self, caller: &Caller, id: &TaskId) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            tasks: [id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| close(draft, caller, id)).await
    }
}

fn close(draft: &mut Draft<'_>, caller: &Caller, id: &TaskId) -> Decided {
    let found = draft.world.tasks_by_id.get(id).filter(|task| task.workspace_id == caller.workspace_id);
    let task = found.cloned().ok_or_else(|| Refusal::not_found("The task"))?;
    if task.state == TaskState::Closed {
        return Err(Refusal::conflict("task_closed", "The task is closed already."));
    }
    close_task(draft, &task.subject, "closed");
    let closed = Task {
        state: TaskState::Closed,
        resolution: Some("closed".into()),
        closed_at: Some(draft.now),
        ..task
    };
    Ok(answer(200, draft.render(view::task(closed))))
}
