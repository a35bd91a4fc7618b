//! Tasks that facts open and close.

use crate::bridge::draft::Draft;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::{MessageId, TaskId, WorkspaceId};
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::domain::time::Timestamp;
use crate::store::task;

/// A person must find out whether this was sent.
pub(super) fn open_unknown_send(draft: &mut Draft<'_>, message: &MessageId) {
    let Some(known) = draft.world.messages.get(message) else { return };
    let Some(talk) = draft.world.conversations.get(&known.conversation_id) else { return };
    if draft.world.tasks.contains_key(message.as_str()) {
        return;
    }
    let workspace = talk.value.workspace_id.clone();
    let detail = "Nobody knows whether this message was sent. Look it up at the provider and resolve it as sent, \
                  failed or resend.";
    open(
        draft,
        workspace,
        &Opened { kind: TaskKind::UnknownSend, subject: message.as_str(), detail, due_at: None },
    );
}

/// What somebody must look at.
pub(in crate::bridge) struct Opened<'a> {
    pub(in crate::bridge) kind: TaskKind,
    pub(in crate::bridge) subject: &'a str,
    pub(in crate::bridge) detail: &'a str,
    pub(in crate::bridge) due_at: Option<Timestamp>,
}

/// Opens a task and tells of it.
pub(in crate::bridge) fn open(draft: &mut Draft<'_>, workspace_id: WorkspaceId, opened: &Opened<'_>) {
    let task = new(draft, workspace_id, opened);
    draft.write(task::insert(&task));
    draft.tell_task(EventType::TaskOpened, task);
}

/// Opens a task about somebody, whom what is told does not name.
pub(super) fn open_about(
    draft: &mut Draft<'_>,
    workspace_id: WorkspaceId,
    opened: &Opened<'_>,
    person: &str,
) {
    let task = new(draft, workspace_id, opened);
    draft.write(task::insert_about(draft.vault, &task, person));
    draft.tell_task(EventType::TaskOpened, task);
}

fn new(draft: &Draft<'_>, workspace_id: WorkspaceId, opened: &Opened<'_>) -> Task {
    Task {
        id: TaskId::new(draft.now, &clock::chance()),
        workspace_id,
        kind: opened.kind,
        subject: opened.subject.to_owned(),
        state: TaskState::Open,
        detail: opened.detail.to_owned(),
        due_at: opened.due_at,
        event_seq: 0,
        resolution: None,
        created_at: draft.now,
        closed_at: None,
    }
}

/// Closes the open task about a subject, if there is one.
pub(in crate::bridge) fn close(draft: &mut Draft<'_>, subject: &str, resolution: &str) {
    let Some(mut task) = draft.world.tasks.remove(subject) else { return };
    task.state = TaskState::Closed;
    task.resolution = Some(resolution.to_owned());
    task.closed_at = Some(draft.now);
    draft.write(task::close(&task, draft.now));
    draft.tell_task(EventType::TaskClosed, task);
}
