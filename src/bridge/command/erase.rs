//! Erasing a customer, or one of their identities, for good.

use serde_json::json;

use super::{Caller, Decided, Outcome, answer, record};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Grounds};
use crate::bridge::fact::progress;
use crate::bridge::link_end;
use crate::bridge::refusal::{CommandError, Refusal};
use crate::domain::complaint::Author;
use crate::domain::consent::ConsentState;
use crate::domain::event::EventType;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{ComplaintId, ConsentId, ConversationId, CustomerId, IdentityId, LinkId};
use crate::domain::link::{Actor, EndReason};
use crate::domain::message::{MessageStatus, Progress};
use crate::store::erasure::Erasure;
use crate::store::{Carried, KnownPost, Needs, delivery};

impl Bridge {
    /// Erases all identities of a customer; answers 200 with what was erased.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there.
    pub async fn erase_customer(&self, caller: &Caller, id: &CustomerId) -> Outcome {
        let ids = self.store.identities_of_customer(&caller.workspace_id, id).await?;
        if ids.is_empty() {
            return Err(Refusal::not_found("The customer").into());
        }
        self.erase(caller, ids).await
    }

    /// Erases one identity and leaves the customer's others; answers 200 with what was erased.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there.
    pub async fn erase_identity(&self, caller: &Caller, id: &IdentityId) -> Outcome {
        self.erase(caller, vec![id.clone()]).await
    }

    /// Erases again what is on an erasure list, after a restore; how many identities were there.
    ///
    /// # Errors
    /// [`CommandError`] when the database fails.
    pub async fn erase_again(&self, list: &[Erasure]) -> Result<usize, CommandError> {
        let ids: Vec<IdentityId> = list.iter().map(|one| one.identity_id.clone()).collect();
        let left = self.store.not_erased(&ids).await?;
        for (id, workspace_id) in &left {
            let caller =
                Caller { workspace_id: workspace_id.clone(), idempotency: None, if_match: None, act: None };
            self.erase_identity(&caller, id).await?;
        }
        Ok(left.len())
    }

    async fn erase(&self, caller: &Caller, ids: Vec<IdentityId>) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            erase: ids.iter().cloned().collect(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| erase(draft, caller, &ids)).await
    }
}

fn erase(draft: &mut Draft<'_>, caller: &Caller, ids: &[IdentityId]) -> Decided {
    for id in ids {
        let known = draft.world.identities.get(id).map(|known| &known.identity);
        if known.is_none_or(|identity| identity.workspace_id != caller.workspace_id) {
            return Err(Refusal::not_found("The identity"));
        }
    }
    for id in ids {
        if draft.known(id).identity.erased_at.is_none() {
            erase_one(draft, id);
        }
    }
    record(draft, caller, ids.first().map(IdentityId::as_str));
    Ok(answer(200, json!({"identity_ids": ids, "erased_at": draft.now})))
}

fn erase_one(draft: &mut Draft<'_>, id: &IdentityId) {
    // Handoffs first: they are called off, not taken for wrong as by the end of a link.
    link_end::identity_erased(draft, id);
    end_links(draft, id);
    cancel_sends(draft, id);
    close_talks(draft, id);
    let consents = end_consents(draft, id);
    let of = |complaint: &ComplaintId| draft.world.complaints[complaint].value.identity_id == *id;
    let complaints: Vec<ComplaintId> = draft.world.complaints.keys().filter(|one| of(one)).cloned().collect();
    draft.erase(id, (&complaints, &consents));
    draft.tell_identity(EventType::IdentityErased, id);
}

fn end_links(draft: &mut Draft<'_>, id: &IdentityId) {
    let of = draft.world.links.values().filter(|link| link.value.between.contains(id));
    let links: Vec<LinkId> = of.map(|link| link.value.id.clone()).collect();
    for link in links {
        // One that is over already needs no end.
        let _over = draft.unlink(&link, EndReason::Erased, Actor::Service, None);
    }
}

fn cancel_sends(draft: &mut Draft<'_>, id: &IdentityId) {
    let failure = Failure::new(FailureCode::Cancelled, "The customer's data was erased.");
    for open in draft.world.open_sends.remove(id).unwrap_or_default() {
        draft.write(delivery::cancel(&open, draft.now));
        match draft.world.carried.get(&open).cloned() {
            Some(Carried::Part(part)) => {
                let status = MessageStatus::Failed;
                progress(draft, &part, &Progress { provider_id: None, status, failure: Some(&failure) });
            }
            Some(Carried::Post(known)) => fail_reply(draft, &known, &failure),
            _ => {}
        }
    }
}

fn fail_reply(draft: &mut Draft<'_>, known: &KnownPost, failure: &Failure) {
    let mut posts = draft.posts(&known.complaint_id).iter();
    let Some(mut post) = posts.find(|post| post.id == known.post_id).cloned() else { return };
    if post.by == Author::Brand && post.report(MessageStatus::Failed, Some(failure)) {
        draft.moved_post(post.clone(), None);
        draft.tell_reply(EventType::ReplyFailed, &post);
    }
}

fn close_talks(draft: &mut Draft<'_>, id: &IdentityId) {
    let of = draft.world.conversations.values().filter(|talk| talk.value.identity_id == *id);
    let talks: Vec<ConversationId> = of.map(|talk| talk.value.id.clone()).collect();
    for talk in talks {
        if draft.talk(&talk).close() {
            draft.tell_conversation(EventType::ConversationClosed, &talk);
        }
    }
}

/// What they agreed to permits nothing any more; the records stay, as the ledger's leaves do.
fn end_consents(draft: &mut Draft<'_>, id: &IdentityId) -> Vec<ConsentId> {
    let of = draft.world.consents.values().filter(|consent| consent.value.identity_id == *id);
    let mut consents: Vec<ConsentId> = of.map(|consent| consent.value.id.clone()).collect();
    consents.sort();
    for consent in &consents {
        draft.change_consent(consent, ConsentState::Terminated, &Grounds::system("erased"), |_| {});
    }
    consents
}
