//! Commands of the API: what the desk asks for, decided by the same rules and in the same one commit as a callback.

mod complaint;
mod consent;
mod conversation;
mod erase;
mod expire;
mod handoff;
mod health;
mod input;
mod leak;
mod link;
mod offer;
mod reply;
mod resolve;
mod run;
mod send;
mod task;
mod webhook;

pub use input::{
    As, ComplaintPatch, ConversationPatch, CreateComplaint, CreateLink, CustomerInput, EndLink,
    ImportConsent, Meant, MoveHandoff, OfferHandoff, OpenConversation, Reply, Resolve, ResolveTask,
    SendMessage,
};
pub(super) use run::pause;
pub use run::{Caller, Outcome};

use serde_json::Value;

use super::draft::Draft;
use super::refusal::Refusal;
use crate::domain::id::{ComplaintId, ConversationId, IdentityId, WorkspaceId};
use crate::store::{Answer, audit};

/// What a command's rule gives.
type Decided = Result<Answer, Refusal>;

fn answer(status: u16, body: Value) -> Answer {
    Answer { status, body }
}

/// Keeps an act in the audit log, in the same commit; `made` is what it gave, where the path names nothing.
fn record(draft: &mut Draft<'_>, caller: &Caller, made: Option<&str>) {
    if let Some(act) = &caller.act {
        draft.write(audit::insert(&caller.workspace_id, act, made, draft.now));
    }
}

/// The complaint, if it is this workspace's and at the version asked for.
fn check_complaint(draft: &Draft<'_>, caller: &Caller, id: &ComplaintId) -> Result<(), Refusal> {
    let one = draft.world.complaints.get(id).map(|one| &one.value);
    check(caller, one.map(|one| (&one.workspace_id, one.version)), "The complaint")?;
    check_there(draft, one.map(|one| &one.identity_id))
}

/// The conversation, if it is this workspace's and at the version asked for.
fn check_conversation(draft: &Draft<'_>, caller: &Caller, id: &ConversationId) -> Result<(), Refusal> {
    let one = draft.world.conversations.get(id).map(|one| &one.value);
    check(caller, one.map(|one| (&one.workspace_id, one.version)), "The conversation")?;
    check_there(draft, one.map(|one| &one.identity_id))
}

/// Nothing is done any more about somebody who was erased.
fn check_there(draft: &Draft<'_>, owner: Option<&IdentityId>) -> Result<(), Refusal> {
    match owner.filter(|owner| draft.known(owner).identity.erased_at.is_some()) {
        Some(_) => {
            Err(Refusal::conflict("erased", "The customer's data was erased; nothing can be done here."))
        }
        None => Ok(()),
    }
}

fn check(caller: &Caller, found: Option<(&WorkspaceId, i64)>, what: &str) -> Result<(), Refusal> {
    match found {
        Some((workspace, version)) if *workspace == caller.workspace_id => match caller.if_match {
            Some(wanted) if wanted != version => Err(Refusal::VersionMismatch { current: version }),
            _ => Ok(()),
        },
        _ => Err(Refusal::not_found(what)),
    }
}
