//! What a platform asks in the name of a person; somebody must look at each.
//!
//! The code is the task's subject: a request that comes again is the same fact and never gets here twice.

use std::time::Duration;

use super::Verdict;
use super::task::{Opened, open_about};
use crate::bridge::draft::Draft;
use crate::domain::inbound::PrivacyAsk;
use crate::domain::task::TaskKind;
use crate::store::inbound::PendingFact;

/// How long a deletion may take.
const DELETION: Duration = Duration::from_secs(30 * 86_400);

/// Somebody must find the person's data and erase it.
pub(super) fn deletion_asked(draft: &mut Draft<'_>, pending: &PendingFact, ask: &PrivacyAsk) -> Verdict {
    let detail = "Somebody asked for the deletion of their data; `person` is their id in the scope of the platform's \
                  app. Erase it, then close this task.";
    let due_at = Some(pending.received_at + DELETION);
    let opened = Opened { kind: TaskKind::DataDeletion, subject: &ask.code, detail, due_at };
    open_about(draft, pending.workspace_id.clone(), &opened, &ask.user_id);
    Verdict::Done
}

/// Somebody must see whether the connection still works.
pub(super) fn deauthorized(draft: &mut Draft<'_>, pending: &PendingFact, ask: &PrivacyAsk) -> Verdict {
    let detail = format!(
        "Somebody took the app's access away; `person` is their id in the scope of the platform's app. Check the \
         connection {}.",
        pending.connection_id
    );
    let opened = Opened { kind: TaskKind::Deauthorized, subject: &ask.code, detail: &detail, due_at: None };
    open_about(draft, pending.workspace_id.clone(), &opened, &ask.user_id);
    Verdict::Done
}
