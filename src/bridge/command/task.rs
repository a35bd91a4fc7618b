//! Closing tasks.

use super::input::{Meant, ResolveTask};
use super::{Caller, Decided, Outcome, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::fact::{close_task, silence};
use crate::bridge::refusal::Refusal;
use crate::domain::id::{ConversationId, TaskId};
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::store::view;
use crate::store::{Needs, Silenced};

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

impl Bridge {
    /// Settles whether what a customer wrote was an opt-out; answers 200 with the task.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there, closed already, or of another kind.
    pub async fn resolve_task(&self, caller: &Caller, id: &TaskId, input: ResolveTask) -> Outcome {
        let known = self.store.find_task(&caller.workspace_id, id).await?;
        let subject = known.as_ref().and_then(|task| task["subject"].as_str());
        let talk = subject.and_then(|subject| ConversationId::parse(subject).ok());
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            tasks: [id.clone()].into(),
            silenced: Silenced { conversations: talk.iter().cloned().collect(), ..Silenced::default() },
            ..Needs::default()
        };
        self.command(caller, needs, |draft| resolve(draft, caller, id, input.how)).await
    }
}

/// What a customer meant.
fn resolve(draft: &mut Draft<'_>, caller: &Caller, id: &TaskId, meant: Meant) -> Decided {
    let task = open_task(draft, caller, id)?;
    let talk = ConversationId::parse(&task.subject).ok().and_then(|id| draft.world.conversations.get(&id));
    let Some(talk) = talk.filter(|_| task.kind == TaskKind::OptOutReview).map(|talk| talk.value.clone())
    else {
        return Err(Refusal::conflict("conflict", "Only a task of kind opt_out_review is resolved so."));
    };
    match meant {
        Meant::OptOut => silence(draft, &talk.identity_id, &talk.channel, ("person", None)),
        Meant::NoOptOut => {
            let key = draft.known(&talk.identity_id).suppression_key.clone();
            draft.lift((talk.workspace_id.clone(), talk.channel.clone(), key));
        }
    }
    close_task(draft, &task.subject, meant.as_str());
    let resolution = Some(meant.as_str().to_owned());
    let closed = Task { state: TaskState::Closed, resolution, closed_at: Some(draft.now), ..task };
    Ok(answer(200, draft.render(view::task(closed))))
}

fn open_task(draft: &Draft<'_>, caller: &Caller, id: &TaskId) -> Result<Task, Refusal> {
    let found = draft.world.tasks_by_id.get(id).filter(|task| task.workspace_id == caller.workspace_id);
    let task = found.cloned().ok_or_else(|| Refusal::not_found("The task"))?;
    match task.state {
        TaskState::Open => Ok(task),
        TaskState::Closed => Err(Refusal::conflict("task_closed", "The task is closed already.")),
    }
}

fn close(draft: &mut Draft<'_>, caller: &Caller, id: &TaskId) -> Decided {
    let task = open_task(draft, caller, id)?;
    if task.kind == TaskKind::OptOutReview {
        let detail = "Nothing is sent to this customer until somebody says what they meant. Resolve it.";
        return Err(Refusal::conflict("task_needs_answer", detail));
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
