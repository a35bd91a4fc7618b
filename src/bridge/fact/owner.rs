//! Whose data a decided fact held: so that erasing somebody finds the request it came in.

use crate::bridge::draft::Draft;
use crate::bridge::needs::post_key;
use crate::domain::id::IdentityId;
use crate::domain::identity::Party;
use crate::domain::inbound::{Fact, PartRef, StatusReport};
use crate::store::Carried;
use crate::store::inbound::PendingFact;

/// The identity a decided fact was about, if it was about one that is known.
pub(super) fn of(draft: &Draft<'_>, pending: &PendingFact) -> Option<IdentityId> {
    let by_post = |id: &str| {
        let known = draft.world.known_posts.get(&post_key(pending, id, draft.vault))?;
        Some(draft.world.complaints.get(&known.complaint_id)?.value.identity_id.clone())
    };
    match &pending.fact {
        Fact::MessageReceived(message) => by_address(draft, pending, &message.from),
        Fact::MessageEchoed(echo) => by_address(draft, pending, &echo.to),
        Fact::Watermark(report) => by_address(draft, pending, &report.who),
        Fact::OptOut(signal) => by_address(draft, pending, &signal.who),
        Fact::PostCreated(post) => by_address(draft, pending, &post.author),
        Fact::PostEdited(edit) => by_post(&edit.provider_id),
        Fact::PostDeleted(removal) => by_post(&removal.provider_id),
        Fact::PostEchoed(echo) => by_post(&echo.answers),
        Fact::MessageStatus(report) => by_message(draft, part(draft, pending, report)?),
        Fact::SendOutcome(outcome) => match draft.world.carried.get(&outcome.delivery_id)? {
            Carried::Part(part) => by_message(draft, part),
            Carried::Post(post) => {
                Some(draft.world.complaints.get(&post.complaint_id)?.value.identity_id.clone())
            }
            Carried::PrivateReply(handoff) => {
                Some(draft.world.handoffs.get(handoff)?.value.identity_id.clone())
            }
        },
        _ => None,
    }
}

fn by_address(draft: &Draft<'_>, pending: &PendingFact, who: &Party) -> Option<IdentityId> {
    let blind = draft.vault.blind(&pending.workspace_id, &who.namespace, &who.external_id);
    draft.world.by_blind.get(&blind[..]).cloned()
}

fn part<'a>(draft: &'a Draft<'_>, pending: &PendingFact, report: &'a StatusReport) -> Option<&'a PartRef> {
    let by_id = (pending.connection_id.clone(), report.provider_id.clone());
    report.part.as_ref().or_else(|| draft.world.provider_ids.get(&by_id))
}

fn by_message(draft: &Draft<'_>, part: &PartRef) -> Option<IdentityId> {
    draft.world.messages.get(&part.message_id).map(|message| message.identity_id.clone())
}
