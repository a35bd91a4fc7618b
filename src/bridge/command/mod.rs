//! Commands of the API: what the desk asks for, decided by the same rules and in the same one commit as a callback.

mod complaint;
mod conversation;
mod health;
mod input;
mod link;
mod reply;
mod resolve;
mod run;
mod send;
mod task;
mod webhook;

pub use input::{
    As, ComplaintPatch, ConversationPatch, CreateComplaint, CreateLink, CustomerInput, EndLink,
    OpenConversation, Reply, Resolve, SendMessage,
};
pub(super) use run::pause;
pub use run::{Caller, Outcome};

use serde_json::Value;

use super::draft::Draft;
use super::refusal::Refusal;
use crate::domain::id::{ComplaintId, ConversationId, WorkspaceId};
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
    let found = draft.world.complaints.get(id).map(|one| (&one.value.workspace_id, one.value.version));
    check(caller, found, "The complaint")
}

/// The conversation, if it is this workspace's and at the version asked for.
fn check_conversation(draft: &Draft<'_>, caller: &Caller, id: &ConversationId) -> Result<(), Refusal> {
    let found = draft.world.conversations.get(id).map(|one| (&one.value.workspace_id, one.value.version));
    check(caller, found, "The conversation")
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
