//! What time brings: handoffs whose state runs out, consents that are over.

use serde_json::Value;

use super::{Caller, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Grounds};
use crate::bridge::handoff::{Act, happen};
use crate::bridge::refusal::CommandError;
use crate::domain::consent::ConsentState;
use crate::domain::handoff::Input;
use crate::domain::id::{ConsentId, HandoffId, WorkspaceId};
use crate::store::Needs;

impl Bridge {
    /// Takes on the handoffs whose state has run out; how many were looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_handoffs(&self) -> Result<usize, CommandError> {
        let due = self.store.due_handoffs(self.clock.now()).await?;
        for (workspace_id, id) in &due {
            let needs = || Needs {
                workspaces: [workspace_id.clone()].into(),
                handoffs: [id.clone()].into(),
                sends: true,
                texts: true,
                ..Needs::default()
            };
            let decide = |draft: &mut Draft<'_>| {
                expire_handoff(draft, id);
                Ok(answer(200, Value::Null))
            };
            self.command(&by_itself(workspace_id), needs, decide).await?;
        }
        Ok(due.len())
    }

    /// Ends the consents whose time is over; how many were looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_consents(&self) -> Result<usize, CommandError> {
        let due = self.store.due_consents(self.clock.now()).await?;
        for (workspace_id, id) in &due {
            let needs = || Needs {
                workspaces: [workspace_id.clone()].into(),
                consents: [id.clone()].into(),
                ..Needs::default()
            };
            let decide = |draft: &mut Draft<'_>| {
                expire_consent(draft, id);
                Ok(answer(200, Value::Null))
            };
            self.command(&by_itself(workspace_id), needs, decide).await?;
        }
        Ok(due.len())
    }
}

fn by_itself(workspace_id: &WorkspaceId) -> Caller {
    Caller { workspace_id: workspace_id.clone(), idempotency: None, if_match: None, act: None }
}

fn expire_handoff(draft: &mut Draft<'_>, id: &HandoffId) {
    let Some(handoff) = draft.world.handoffs.get(id) else { return };
    let talk = handoff.value.conversation_id.as_ref().and_then(|id| draft.world.conversations.get(id));
    let last_inbound_at = talk.and_then(|talk| talk.value.last_inbound_at);
    happen(draft, id, &Input::TimedOut { last_inbound_at }, &Act::default());
}

fn expire_consent(draft: &mut Draft<'_>, id: &ConsentId) {
    let until = draft.world.consents.get(id).and_then(|one| one.value.valid_until);
    if until.is_some_and(|until| until <= draft.now) {
        draft.change_consent(id, ConsentState::Expired, &Grounds::system("valid_until"), |_| {});
    }
}
