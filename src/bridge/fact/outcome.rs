//! How a send of ours ended, as the relay reports it.

use super::{Verdict, post, status, task};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::domain::conversation::Conversation;
use crate::domain::event::EventType;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::MessageId;
use crate::domain::inbound::{PartRef, SendOutcome, SendResult};
use crate::domain::message::{MessageStatus, Progress};
use crate::store::inbound::PendingFact;
use crate::store::{Carried, Loaded};

/// The end of a delivery, for the part or the reply it carries.
pub(super) fn ended(draft: &mut Draft<'_>, pending: &PendingFact, outcome: &SendOutcome) -> Verdict {
    match draft.world.carried.get(&outcome.delivery_id).cloned() {
        Some(Carried::Part(part)) => part_ended(draft, &part, &outcome.result),
        Some(Carried::Post(known)) => post::reply_ended(draft, pending, &known, &outcome.result),
        Some(Carried::PrivateReply(id)) => handoff::private_reply_ended(draft, pending, &id, &outcome.result),
        None => {}
    }
    Verdict::Done
}

fn part_ended(draft: &mut Draft<'_>, part: &PartRef, result: &SendResult) {
    match result {
        SendResult::Accepted { provider_id, status, .. } => {
            let provider_id = provider_id.as_deref();
            status::progress(
                draft,
                part,
                &Progress { provider_id, status: status::taken(*status), failure: None },
            );
        }
        SendResult::Failed { failure } => failed(draft, part, failure),
        SendResult::Unknown => {
            let news = Progress { provider_id: None, status: MessageStatus::Unknown, failure: None };
            status::progress(draft, part, &news);
            status::free_known(draft, part);
        }
        SendResult::Unresolved => task::open_unknown_send(draft, &part.message_id),
    }
}

fn failed(draft: &mut Draft<'_>, part: &PartRef, failure: &Failure) {
    let news = Progress { provider_id: None, status: MessageStatus::Failed, failure: Some(failure) };
    status::progress(draft, part, &news);
    if failure.provider_code.is_none() {
        return;
    }
    match failure.code {
        FailureCode::OptedOut => status::suppress_recipient(draft, &part.message_id),
        FailureCode::Unreachable => miss(draft, &part.message_id),
        _ => {}
    }
}

/// The platform will take nothing for this person: no other message is tried until they write.
fn miss(draft: &mut Draft<'_>, id: &MessageId) {
    let now = draft.now;
    let Some(message) = draft.world.messages.get(id) else { return };
    let (talk, queued) = (message.conversation_id.clone(), message.created_at);
    let is_news = |known: &Loaded<Conversation>| known.value.clone().miss(queued, now);
    if draft.world.conversations.get(&talk).is_some_and(is_news) {
        draft.talk(&talk).miss(queued, now);
        draft.tell_conversation(EventType::ConversationUpdated, &talk);
    }
}
