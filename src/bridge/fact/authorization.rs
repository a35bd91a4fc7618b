//! A provider has ended what lets us act for an account; somebody must connect it again.

use super::Verdict;
use super::task::{Opened, open};
use crate::bridge::draft::Draft;
use crate::domain::inbound::AuthorizationLoss;
use crate::domain::task::TaskKind;
use crate::store::inbound::PendingFact;

/// Nothing goes out by this connection until somebody has connected its account again.
pub(super) fn lost(draft: &mut Draft<'_>, pending: &PendingFact, loss: &AuthorizationLoss) -> Verdict {
    let detail = format!(
        "The provider no longer renews the token of this connection ({}). Connect the account again, set its new \
         tokens with POST /v1/connections/{}/secrets, then close this task.",
        loss.why, pending.connection_id
    );
    let subject = pending.connection_id.as_str();
    let opened = Opened { kind: TaskKind::AuthorizationLost, subject, detail: &detail, due_at: None };
    open(draft, pending.workspace_id.clone(), &opened);
    Verdict::Done
}
