//! How a send of ours ended, as the relay reports it.

use super::{Verdict, post, status, task};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::inbound::{PartRef, SendOutcome, SendResult};
use crate::domain::message::{MessageStatus, Progress};
use crate::store::Carried;
use crate::store::inbound::PendingFact;

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
        }
        SendResult::Unresolved => task::open_unknown_send(draft, &part.message_id),
    }
}

fn failed(draft: &mut Draft<'_>, part: &PartRef, failure: &Failure) {
    let news = Progress { provider_id: None, status: MessageStatus::Failed, failure: Some(failure) };
    status::progress(draft, part, &news);
    let refused_by_provider = failure.code == FailureCode::OptedOut && failure.provider_code.is_some();
    if refused_by_provider {
        status::suppress_recipient(draft, &part.message_id);
    }
}
