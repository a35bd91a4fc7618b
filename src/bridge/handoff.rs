//! Handoffs: what happened takes them on by `domain::handoff`, and what follows is done here, in the same commit.

mod agree;
mod effect;
mod hear;
mod say;
mod sent;
mod thread;

pub(super) use self::agree::{opted_out, resumed};
pub(super) use self::hear::{Heard, heard};
pub(super) use self::say::{brand_vars, language_of, render, vars};
pub(super) use self::sent::{confirm_moved, invitation_failed, private_reply_ended};
pub(super) use self::thread::posted;

use super::draft::Draft;
use crate::domain::consent::Method;
use crate::domain::handoff::{Handoff, HandoffState, Input, Step, proof};
use crate::domain::id::{ConnectionId, HandoffId, IdentityId, MessageId};

/// What made something happen: the customer's own message, or the desk, or time.
#[derive(Clone, Debug, Default)]
pub(super) struct Act {
    /// The message that did it.
    pub(super) message_id: Option<MessageId>,
    /// How the customer expressed it.
    pub(super) method: Option<Method>,
    /// Whom the secret that came back had been shown to.
    pub(super) holder: Option<IdentityId>,
}

/// Takes a handoff on; `true` when something came of it.
pub(super) fn happen(draft: &mut Draft<'_>, id: &HandoffId, input: &Input, act: &Act) -> bool {
    let before = draft.world.handoffs[id].value.clone();
    let limits = draft.settings(&before.workspace_id).limits;
    let turn = before.clone().on(input, &limits, draft.now);
    if turn.handoff == before && turn.effects.is_empty() && turn.steps.is_empty() {
        return false;
    }
    let from = before.state;
    let version = draft.handoff(id).version;
    *draft.handoff(id) = Handoff { version, state: from, ..turn.handoff };
    settle_conversation(draft, id);
    for step in &turn.steps {
        draft.take_step(id, *step);
    }
    tracing::info!(handoff.id = %id, from = from.as_str(), steps = ?turn.steps, "handoff {id} moved on");
    for effect in &turn.effects {
        effect::perform(draft, id, effect, act);
    }
    if turn.steps.last().is_some_and(|step| step.state == HandoffState::Active) {
        effect::go_private(draft, id);
    }
    true
}

/// Begins a handoff that was offered: its first step, and what must be said.
pub(super) fn begin(draft: &mut Draft<'_>, handoff: Handoff, cause: &'static str) -> HandoffId {
    let id = handoff.id.clone();
    let state = handoff.state;
    draft.add_handoff(handoff);
    draft.take_step(&id, Step { state, cause });
    id
}

/// The private conversation of whoever proved to be the customer, found or opened.
fn settle_conversation(draft: &mut Draft<'_>, id: &HandoffId) {
    let handoff = draft.world.handoffs[id].value.clone();
    let Some(target) = &handoff.target_id else { return };
    let talk = say::conversation_with(draft, &handoff, target);
    draft.handoff(id).conversation_id = Some(talk);
}

/// Which of several stories on one number a text is about, where it names one.
pub(super) fn turn_to_case(draft: &mut Draft<'_>, owner: &IdentityId, connection: &ConnectionId, text: &str) {
    let Some(talk) = draft.world.talks.get(&(owner.clone(), connection.clone())).cloned() else { return };
    let named = proof::offered(text).case_refs;
    let fits = |handoff: &Handoff| {
        handoff.conversation_id.as_ref() == Some(&talk) && named.contains(&handoff.case_ref)
    };
    if let Some(id) = open_handoffs(draft, fits).pop() {
        let complaint = draft.world.handoffs[&id].value.complaint_id.clone();
        draft.talk(&talk).complaint_id = Some(complaint);
    }
}

/// The handoffs of this world that are not over, oldest first.
pub(super) fn open_handoffs(draft: &Draft<'_>, fits: impl Fn(&Handoff) -> bool) -> Vec<HandoffId> {
    let open = draft.world.handoffs.values().map(|handoff| &handoff.value);
    let mut ids: Vec<HandoffId> =
        open.filter(|handoff| !handoff.state.is_over() && fits(handoff)).map(|one| one.id.clone()).collect();
    ids.sort();
    ids
}
