//! What a platform asks in the name of a person; somebody must look at each.

use std::time::Duration;

use super::Verdict;
use crate::bridge::draft::Draft;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::TaskId;
use crate::domain::inbound::PrivacyAsk;
use crate::domain::task::{Task, TaskKind, TaskState};
use crate::domain::time::Timestamp;
use crate::store::inbound::PendingFact;
use crate::store::task;

/// How long a deletion may take.
const DELETION: Duration = Duration::from_secs(30 * 86_400);

/// Somebody must find the person's data and erase it.
pub(super) fn deletion_asked(draft: &mut Draft<'_>, pending: &PendingFact, ask: &PrivacyAsk) -> Verdict {
    let detail = format!(
        "The person with the app-scoped id {} asked for the deletion of their data. Erase it, then close this task.",
        ask.user_id
    );
    let due = Some(pending.received_at + DELETION);
    open(draft, pending, (TaskKind::DataDeletion, &ask.code), (detail, due))
}

/// Somebody must see whether the connection still works.
pub(super) fn deauthorized(draft: &mut Draft<'_>, pending: &PendingFact, ask: &PrivacyAsk) -> Verdict {
    let detail = format!(
        "The person with the app-scoped id {} took the app's access away. Check the connection {}.",
        ask.user_id, pending.connection_id
    );
    open(draft, pending, (TaskKind::Deauthorized, &ask.code), (detail, None))
}

/// The code is the subject: a request that comes again is the same fact and never gets here twice.
fn open(
    draft: &mut Draft<'_>,
    pending: &PendingFact,
    (kind, code): (TaskKind, &str),
    (detail, due_at): (String, Option<Timestamp>),
) -> Verdict {
    let task = Task {
        id: TaskId::new(draft.now, &clock::chance()),
        workspace_id: pending.workspace_id.clone(),
        kind,
        subject: code.to_owned(),
        state: TaskState::Open,
        detail,
        due_at,
        event_seq: 0,
        resolution: None,
        created_at: draft.now,
        closed_at: None,
    };
    draft.write(task::insert(&task));
    draft.tell_task(EventType::TaskOpened, task);
    Verdict::Done
}
