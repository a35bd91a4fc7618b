//! What must follow when a handoff moved on.

use super::{Act, agree, say};
use crate::bridge::draft::Draft;
use crate::bridge::fact::{Opened, open_task};
use crate::domain::complaint::ComplaintStatus;
use crate::domain::conversation::Hold;
use crate::domain::event::EventType;
use crate::domain::handoff::proof::ProofState;
use crate::domain::handoff::{Effect, Handoff, HandoffState, Path};
use crate::domain::id::{HandoffId, IdentityId};
use crate::domain::link::{Actor, Level, LinkMethod, LinkProof, Proof, SuspendReason};
use crate::domain::task::TaskKind;
use crate::store::proof;

/// Does it.
pub(super) fn perform(draft: &mut Draft<'_>, id: &HandoffId, effect: &Effect, act: &Act) {
    match effect {
        Effect::Say(ask) => say::ask(draft, id, ask),
        Effect::Link(target) => link(draft, id, target, act),
        Effect::Grant => agree::grant(draft, id, act),
        Effect::EndConsents(state) => agree::end(draft, id, *state),
        Effect::Hold => hold(draft, id),
        Effect::Release => release(draft, id),
        Effect::VoidProofs => void(draft, id),
        Effect::Attach => attach(draft, id),
        Effect::Alarm => alarm(draft, id),
    }
}

/// Whom the account side is in private: the holder of the secret, else the account itself.
pub(super) fn account_side(draft: &Draft<'_>, handoff: &Handoff, act: &Act) -> IdentityId {
    let dm = handoff.dm_conversation_id.as_ref();
    let dm =
        dm.and_then(|talk| draft.world.conversations.get(talk)).map(|talk| talk.value.identity_id.clone());
    act.holder.clone().or(dm).unwrap_or_else(|| handoff.identity_id.clone())
}

fn link(draft: &mut Draft<'_>, id: &HandoffId, target: &IdentityId, act: &Act) {
    let handoff = draft.world.handoffs[id].value.clone();
    let account = match handoff.path {
        Path::P3 => handoff.identity_id.clone(),
        _ => account_side(draft, &handoff, act),
    };
    if account == *target {
        return;
    }
    let method = match handoff.path {
        Path::P3 => LinkMethod::Phrase,
        Path::P4 => LinkMethod::Code,
        _ => LinkMethod::DmToken,
    };
    let evidence = act.message_id.iter().map(ToString::to_string).collect();
    let by = Actor::Customer { identity_id: target.clone() };
    let proof = Proof::new(method, Level::L2, evidence, by, draft.now);
    let link = draft.link(&LinkProof::new([account, target.clone()], proof));
    draft.handoff(id).linked(link);
}

fn hold(draft: &mut Draft<'_>, id: &HandoffId) {
    let handoff = draft.world.handoffs[id].value.clone();
    if let (HandoffState::Suspended, Some(link)) = (handoff.state, &handoff.link_id) {
        // One that has ended meanwhile has nothing to suspend.
        let _ended = draft.suspend_link(link, SuspendReason::Disputed, Actor::Service);
    }
    let hold = match handoff.state {
        HandoffState::Suspended => Hold::Suspended,
        HandoffState::Withdrawn => Hold::Withdrawn,
        _ => Hold::Unlinked,
    };
    if let Some(talk) = handoff.conversation_id.clone() {
        draft.talk(&talk).hold = Some(hold);
        draft.tell_conversation(EventType::ConversationUpdated, &talk);
    }
}

fn release(draft: &mut Draft<'_>, id: &HandoffId) {
    if let Some(talk) = draft.world.handoffs[id].value.conversation_id.clone() {
        draft.talk(&talk).hold = None;
        draft.tell_conversation(EventType::ConversationUpdated, &talk);
    }
}

fn void(draft: &mut Draft<'_>, id: &HandoffId) {
    let now = draft.now;
    draft.write(proof::void(id, now));
    for proof in draft.world.proofs.values_mut().filter(|proof| proof.handoff_id == *id) {
        if proof.state == ProofState::Live {
            proof.state = ProofState::Void;
        }
    }
}

fn attach(draft: &mut Draft<'_>, id: &HandoffId) {
    let handoff = draft.world.handoffs[id].value.clone();
    let Some(talk) = handoff.conversation_id.clone() else { return };
    draft.attach(&handoff, &talk);
    draft.tell_conversation(EventType::ConversationUpdated, &talk);
}

/// The handoff is on: the complaint goes on in private.
pub(super) fn go_private(draft: &mut Draft<'_>, id: &HandoffId) {
    let complaint = draft.world.handoffs[id].value.complaint_id.clone();
    draft.complaint(&complaint).status = ComplaintStatus::Private;
    draft.tell_complaint(EventType::ComplaintUpdated, &complaint);
}

fn alarm(draft: &mut Draft<'_>, id: &HandoffId) {
    let workspace = draft.world.handoffs[id].value.workspace_id.clone();
    let detail = "Something speaks against this handoff: the account objected, a used token came from another phone, or \
                  the confirming text did not arrive. Nothing is sent in its conversation. Have it proven again \
                  (POST /v1/handoffs/{id}/prove) or end the link.";
    let opened = Opened { kind: TaskKind::HandoffSuspended, subject: id.as_str(), detail, due_at: None };
    open_task(draft, workspace, &opened);
}
